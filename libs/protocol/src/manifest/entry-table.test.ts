import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EntryTable } from './entry-table.ts';
import type { ManifestEntry } from './manifest.ts';

const anyPath = fc.array(fc.constantFrom('a', 'b', 'é', ''), { minLength: 1, maxLength: 4 });
const anyFile: fc.Arbitrary<ManifestEntry> = fc
  .record({ path: anyPath, length: fc.nat(), executable: fc.boolean(), root: fc.option(fc.nat(255)) })
  .map(({ root, ...file }) => ({
    kind: 'file',
    ...file,
    ...(root === null ? {} : { piecesRoot: new Uint8Array(32).fill(root) }),
  }));
const anySymlink: fc.Arbitrary<ManifestEntry> = fc.record({
  kind: fc.constant('symlink' as const),
  path: anyPath,
  target: anyPath,
});

describe('EntryTable', () => {
  it('gives back what was put in, in any order and number', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(anyFile, anySymlink), { maxLength: 300 }), (entries) => {
        const table = EntryTable.of(entries);
        expect([...table]).toEqual(entries);
        expect(entries.map((_, index) => table.at(index))).toEqual(entries);
        expect([table.length, table.at(entries.length)]).toEqual([entries.length, undefined]);
      }),
      { numRuns: 30 },
    );
  });

  it.each([0, 31, 33, 100_000])('refuses a root of %d bytes', (length) => {
    const piecesRoot = new Uint8Array(length);
    const file: ManifestEntry = { kind: 'file', path: ['a'], length: 1, executable: false, piecesRoot };
    expect(() => EntryTable.of([file])).toThrow(
      expect.objectContaining({ code: 'SHOAL_MANIFEST_INVALID_ROOT', paths: ['a'] }),
    );
  });
});
