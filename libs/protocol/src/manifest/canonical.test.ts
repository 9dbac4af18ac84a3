import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalManifest, contentDigest, parseCanonicalManifest } from './canonical.ts';
import type { ManifestEntry } from './manifest.ts';
import { sortManifest } from './validate.ts';

const ROOT = new Uint8Array(32).fill(0x72);
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const file = (path: string, length: number, executable = false): ManifestEntry => {
  const entry = { kind: 'file' as const, path: path.split('/'), length, executable };
  return length > 0 ? { ...entry, piecesRoot: ROOT } : entry;
};

const TREE: readonly ManifestEntry[] = [
  file('bin/run', 5, true),
  file('empty', 0),
  { kind: 'symlink', path: ['run'], target: ['bin', 'run'] },
  file('é', 7),
];
const R = text(ROOT);
const CANONICAL =
  `d3:bind3:rund0:d4:attr1:x6:lengthi5e11:pieces root32:${R}eee` +
  '5:emptyd0:d6:lengthi0eee' +
  '3:rund0:d4:attr1:l6:lengthi0e12:symlink pathl3:bin3:runeee' +
  `2:\xc3\xa9d0:d6:lengthi7e11:pieces root32:${R}eee`;

const anyTree = fc
  .uniqueArray(fc.tuple(fc.stringMatching(/^[a-z]{1,3}$/), fc.nat(1_000_000), fc.boolean()), {
    selector: ([name]) => name,
    maxLength: 20,
  })
  .map((files) =>
    sortManifest([file('AA', 1), ...files.map(([name, length, exec]) => file(`d/${name}`, length, exec))]),
  );

describe('canonicalManifest', () => {
  it('is the bencoded BEP 52 file tree with BEP 47 attributes', () => {
    expect(text(canonicalManifest(TREE))).toBe(CANONICAL);
  });

  it('comes back from parsing', () => {
    expect([...parseCanonicalManifest(canonicalManifest(TREE))]).toEqual(TREE);
    fc.assert(
      fc.property(anyTree, (entries) => {
        expect([...parseCanonicalManifest(canonicalManifest(entries))]).toEqual(entries);
      }),
    );
  });

  it('wants every root', () => {
    const entries: ManifestEntry[] = [{ kind: 'file', path: ['a'], length: 1, executable: false }];
    expect(() => canonicalManifest(entries)).toThrow(
      expect.objectContaining({ code: 'SHOAL_MANIFEST_INVALID_ROOT' }),
    );
  });
});

describe('contentDigest', () => {
  it('is the SHA-256 of the canonical manifest', () => {
    const digest = createHash('sha256').update(Buffer.from(CANONICAL, 'latin1')).digest();
    expect(Buffer.from(contentDigest(TREE))).toEqual(digest);
  });

  it('changes with anything in the tree', () => {
    const variants = [
      TREE,
      [file('bin/run', 5), ...TREE.slice(1)],
      [file('bin/run', 6, true), ...TREE.slice(1)],
      TREE.slice(0, 3),
      [...TREE.slice(0, 2), { kind: 'symlink' as const, path: ['run'], target: ['bin'] }, ...TREE.slice(3)],
    ];
    expect(new Set(variants.map((entries) => text(contentDigest(entries)))).size).toBe(variants.length);
  });
});

describe('parseCanonicalManifest', () => {
  it.each([
    ['an empty tree', 'de', 'SHOAL_MANIFEST_NESTING'],
    ['an empty directory', `d1:ade1:bd0:d6:lengthi0eeee`, 'SHOAL_MANIFEST_NESTING'],
    ['properties at the root', 'd0:d6:lengthi0eee', 'SHOAL_MANIFEST_NESTING'],
    [
      'a file that is a directory too',
      'd1:ad0:d6:lengthi0ee1:bd0:d6:lengthi0eeeee',
      'SHOAL_MANIFEST_NESTING',
    ],
    ['a name that is not UTF-8', 'd1:\xffd0:d6:lengthi0eeee', 'SHOAL_MANIFEST_INVALID_PATH'],
    ['padding', 'd1:ad0:d4:attr1:p6:lengthi1eeee', 'SHOAL_MANIFEST_INVALID_ATTRIBUTES'],
    ['no length', 'd1:ad0:deee', 'SHOAL_BENCODE_FIELD_MISSING'],
    ['a negative length', 'd1:ad0:d6:lengthi-1eeee', 'SHOAL_BENCODE_FIELD_RANGE'],
    ['no root', 'd1:ad0:d6:lengthi1eeee', 'SHOAL_BENCODE_FIELD_MISSING'],
    ['a short root', 'd1:ad0:d6:lengthi1e11:pieces root1:reee', 'SHOAL_MANIFEST_INVALID_ROOT'],
    [
      'a field of its own',
      `d1:ad0:d6:lengthi1e5:mtimei1e11:pieces root32:${R}eee`,
      'SHOAL_MANIFEST_NOT_CANONICAL',
    ],
    [
      'an attribute of its own',
      `d1:ad0:d4:attr1:h6:lengthi1e11:pieces root32:${R}eee`,
      'SHOAL_MANIFEST_NOT_CANONICAL',
    ],
    ['a list', 'le', 'SHOAL_BENCODE_FIELD_TYPE'],
  ])('refuses %s', (_, bencoded, code) => {
    expect(() => parseCanonicalManifest(Buffer.from(bencoded, 'latin1'))).toThrow(
      expect.objectContaining({ code }),
    );
  });
});
