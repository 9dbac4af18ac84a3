/** PostgreSQL's object ids of int8 and its array: pg_type.dat. */
export const INT8 = 20;
export const INT8_ARRAY = 1016;

/** Reads PostgreSQL's text of a flat int8 array without nulls: `{1,2}`. */
export function parseInt8Array(text: string): readonly bigint[] {
  const inner = text.slice(1, -1);
  return inner === '' ? [] : inner.split(',').map(BigInt);
}
