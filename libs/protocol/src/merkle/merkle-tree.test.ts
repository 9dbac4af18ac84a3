import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLOCK_SIZE } from '../wire/constants.ts';
import { HASH_LENGTH } from './constants.ts';
import { FileTreeHasher } from './file-tree-hasher.ts';
import { fileRootOfLeaves, fileRootOfPieceLayer, merkleRoot, powerOfTwoAtLeast } from './merkle-tree.ts';

const sha256 = (...parts: Uint8Array[]): Buffer => {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return digest.digest();
};
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** The definition of BEP 52, written out: pad with zero leaves, hash pairs until one is left. */
function naiveRoot(leaves: readonly Uint8Array[], width: number): Uint8Array {
  let level = Array.from({ length: width }, (_, i) => leaves[i] ?? new Uint8Array(HASH_LENGTH));
  while (level.length > 1) {
    level = Array.from({ length: level.length / 2 }, (_, i) =>
      sha256(level[2 * i] ?? Buffer.of(), level[2 * i + 1] ?? Buffer.of()),
    );
  }
  return level[0] ?? new Uint8Array(0);
}

const leavesOf = (count: number): Buffer[] =>
  Array.from({ length: count }, (_, i) => sha256(Buffer.of(i, i >> 8)));

describe('merkleRoot', () => {
  it('is the root of BEP 52 for any count and width', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(3), (count, extra) => {
        const leaves = leavesOf(count);
        const width = powerOfTwoAtLeast(count) * 2 ** extra;
        expect(hex(merkleRoot(Buffer.concat(leaves), width))).toBe(hex(naiveRoot(leaves, width)));
      }),
    );
  });

  it('costs what its nodes cost, not what its width says', () => {
    expect(merkleRoot(Buffer.concat(leavesOf(3)), 2 ** 50)).toHaveLength(HASH_LENGTH);
  });

  it('does not touch its input', () => {
    const leaves = Buffer.concat(leavesOf(5));
    const before = hex(leaves);
    merkleRoot(leaves, 8);
    expect(hex(leaves)).toBe(before);
  });

  it.each([
    ['no nodes', 0, 1],
    ['more nodes than width', 3 * HASH_LENGTH, 2],
    ['a width that is no power of two', HASH_LENGTH, 3],
    ['half a hash', HASH_LENGTH + 1, 4],
  ])('refuses %s', (_, length, width) => {
    expect(() => merkleRoot(new Uint8Array(length), width)).toThrow(RangeError);
  });
});

describe('FileTreeHasher', () => {
  it('gives the same root as the whole tree, and layers that lead to it', () => {
    const pieceLength = 4 * BLOCK_SIZE;
    for (let count = 1; count <= 19; count += 1) {
      const leaves = leavesOf(count);
      const hasher = new FileTreeHasher(pieceLength);
      for (const leaf of leaves) hasher.addLeaf(leaf);
      const { piecesRoot, pieceLayer } = hasher.finish();
      expect(hex(piecesRoot), `${String(count)} blocks`).toBe(
        hex(naiveRoot(leaves, powerOfTwoAtLeast(count))),
      );
      expect(hex(fileRootOfLeaves(Buffer.concat(leaves)))).toBe(hex(piecesRoot));
      expect(pieceLayer?.length).toBe(count <= 4 ? undefined : Math.ceil(count / 4) * HASH_LENGTH);
      if (pieceLayer) expect(hex(fileRootOfPieceLayer(pieceLayer, pieceLength))).toBe(hex(piecesRoot));
    }
  });

  it('knows the root of a file that libtorrent hashed', () => {
    // 70,000 bytes "x" in 64 KiB pieces; root and layer from libtorrent 2.0.8's create_torrent.
    const content = Buffer.alloc(70_000, 'x');
    const hasher = new FileTreeHasher(64 * 1024);
    for (let at = 0; at < content.length; at += BLOCK_SIZE)
      hasher.addLeaf(sha256(content.subarray(at, at + BLOCK_SIZE)));
    const { piecesRoot, pieceLayer } = hasher.finish();
    expect(hex(piecesRoot)).toBe('86c9a46c0afacbe0fb6aa2b2157fa04f3f108ec020618d11a9839d5221d6c785');
    expect(hex(pieceLayer ?? Buffer.of())).toBe(
      '80e7eec327384fe3a36e7a03433c09f96cafaa047ca01847ff5edefc8aefcedac8a4547241e00df898718cc88928f05314639713159934d2940c48846921f7d1',
    );
  });

  it('has no tree for an empty file, and takes piece lengths of BEP 52 only', () => {
    expect(() => new FileTreeHasher(BLOCK_SIZE).finish()).toThrow(RangeError);
    expect(() => new FileTreeHasher(3 * BLOCK_SIZE)).toThrow(RangeError);
    expect(() => new FileTreeHasher(BLOCK_SIZE / 2)).toThrow(RangeError);
  });
});
