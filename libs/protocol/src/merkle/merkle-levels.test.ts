import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HASH_LENGTH } from './constants.ts';
import { MerkleLevels } from './merkle-levels.ts';
import { merkleRoot } from './merkle-tree.ts';

function nodes(count: number): Uint8Array {
  return Buffer.concat(
    Array.from({ length: count }, (_, index) => createHash('sha256').update(String(index)).digest()),
  );
}

function parent(left: Uint8Array, right: Uint8Array): Uint8Array {
  return createHash('sha256').update(left).update(right).digest();
}

describe('MerkleLevels', () => {
  it.each([
    [1, 1, 0],
    [3, 4, 0],
    [4, 4, 3],
    [5, 16, 2],
  ])('has the root of merkleRoot: %i nodes, %i wide, at height %i', (count, width, height) => {
    const levels = new MerkleLevels(nodes(count), width, height);
    expect(levels.height).toBe(Math.log2(width));
    expect(Buffer.from(levels.node(levels.height, 0))).toEqual(
      Buffer.from(merkleRoot(nodes(count), width, height)),
    );
  });

  it('proves every range it tells', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.nat({ max: 6 }),
        fc.nat(),
        fc.nat({ max: 3 }),
        (count, lengthLog, place, height) => {
          const width = 64;
          const length = 2 ** lengthLog;
          const index = length * (place % (width / length));
          const levels = new MerkleLevels(nodes(count), width, height);
          const hashes = levels.range(index, length, levels.height - 1) ?? [];
          let root: Uint8Array = merkleRoot(Buffer.concat(hashes.slice(0, length)), length);
          let at = index / length;
          for (const uncle of hashes.slice(length)) {
            root = at % 2 === 0 ? parent(root, uncle) : parent(uncle, root);
            at = Math.floor(at / 2);
          }
          expect(Buffer.from(root)).toEqual(Buffer.from(merkleRoot(nodes(count), width, height)));
        },
      ),
    );
  });

  it('adds uncles from the top of the range up to the layer asked for, as BEP 52 counts them', () => {
    const levels = new MerkleLevels(nodes(16), 16);
    const counts = [0, 1, 2, 3].map((proofLayers) => levels.range(4, 4, proofLayers)?.length);
    expect(counts).toEqual([4, 4, 5, 6]);
    expect(levels.range(4, 4, 2)?.at(-1)).toEqual(levels.node(2, 0));
  });

  it.each([
    ['not a power of two', 0, 3, 0],
    ['of nothing', 0, 0, 0],
    ['not aligned', 2, 4, 0],
    ['beyond the width', 16, 4, 0],
    ['with a proof beyond the root', 0, 4, 4],
  ])('tells no range %s', (_, index, length, proofLayers) => {
    expect(new MerkleLevels(nodes(16), 16).range(index, length, proofLayers)).toBeUndefined();
  });

  it('refuses nodes that are no hashes or too many', () => {
    expect(() => new MerkleLevels(new Uint8Array(5), 4)).toThrow(RangeError);
    expect(() => new MerkleLevels(new Uint8Array(5 * HASH_LENGTH), 4)).toThrow(RangeError);
  });
});
