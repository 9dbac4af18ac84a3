const FIRST_SURROGATE = 0xd800;
const AFTER_SURROGATES = 0xe000;

/**
 * Order of two paths in a manifest: component by component, by raw UTF-8 bytes. It is the order of a depth-first walk
 * over sorted dictionaries, and so that of a BEP 52 file tree.
 * @returns negative, zero or positive, as for `Array.sort`
 */
export function comparePaths(a: readonly string[], b: readonly string[]): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i += 1) {
    const order = compareComponents(a[i] ?? '', b[i] ?? '');
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareComponents(a: string, b: string): number {
  if (a === b) return 0;
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i += 1) {
    const difference = utf8Rank(a.charCodeAt(i)) - utf8Rank(b.charCodeAt(i));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Moves surrogates (code points above U+FFFF) behind all other code units, where their UTF-8 bytes sort. */
function utf8Rank(codeUnit: number): number {
  if (codeUnit < FIRST_SURROGATE) return codeUnit;
  return codeUnit < AFTER_SURROGATES ? codeUnit + 0x2000 : codeUnit - 0x800;
}
