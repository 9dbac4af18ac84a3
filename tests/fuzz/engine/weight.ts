/**
 * How much there is in a decoded value: bytes of byte strings and characters of texts, and one for each other value and
 * member. Fields that are private count as nothing.
 */
export function weightOf(value: unknown): number {
  if (typeof value === 'string') return 1 + value.length;
  if (value instanceof Uint8Array) return 1 + value.length;
  if (typeof value !== 'object' || value === null) return 1;
  let weight = 1;
  const members =
    value instanceof Map
      ? [...value].flat()
      : Symbol.iterator in value
        ? [...(value as Iterable<unknown>)]
        : Object.values(value);
  for (const member of members) weight += weightOf(member);
  return weight;
}
