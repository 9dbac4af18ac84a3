import { hash } from 'node:crypto';
import { BLOCK_SIZE } from '../wire/constants.ts';
import { HASH_LENGTH } from './constants.ts';

/**
 * Root of a perfect tree over `width` nodes, of which the first are the packed 32-byte `nodes` and the rest padding.
 * Padding leaves are all-zero hashes (BEP 52); where the nodes are themselves roots of subtrees of height `height`,
 * padding nodes are roots of such subtrees of zero leaves. Costs what the given nodes cost, whatever `width`.
 * @throws RangeError when `nodes` is not a number of hashes in 1 … `width`, or `width` is not a power of two.
 */
export function merkleRoot(nodes: Uint8Array, width: number, height = 0): Uint8Array {
  let count = nodes.length / HASH_LENGTH;
  if (!isPowerOfTwo(width) || !Number.isInteger(count) || count < 1 || count > width) {
    throw new RangeError(`${String(nodes.length)} bytes of nodes for a tree ${String(width)} wide`);
  }
  // Room for one padding node behind an odd number of nodes.
  const level = new Uint8Array(nodes.length + HASH_LENGTH);
  level.set(nodes);
  let padding = zeroRoot(height);
  for (let rest = width; rest > 1; rest /= 2) {
    level.set(padding, count * HASH_LENGTH);
    count = Math.ceil(count / 2);
    for (let i = 0; i < count; i += 1) {
      level.set(hashPair(level.subarray(i * 2 * HASH_LENGTH, (i + 1) * 2 * HASH_LENGTH)), i * HASH_LENGTH);
    }
    padding = hashPair(joined(padding, padding));
  }
  return level.slice(0, HASH_LENGTH);
}

/**
 * Root of a whole file from the packed hashes of its 16 KiB blocks.
 * @throws RangeError when `leaves` is empty or not a number of hashes.
 */
export function fileRootOfLeaves(leaves: Uint8Array): Uint8Array {
  return merkleRoot(leaves, powerOfTwoAtLeast(leaves.length / HASH_LENGTH));
}

/**
 * Root of a file longer than a piece from its piece layer (the packed roots of its pieces).
 * @throws RangeError when `layer` is empty or not a number of hashes, or `pieceLength` is not a power of two ≥ 16 KiB.
 */
export function fileRootOfPieceLayer(layer: Uint8Array, pieceLength: number): Uint8Array {
  const width = powerOfTwoAtLeast(layer.length / HASH_LENGTH);
  return merkleRoot(layer, width, Math.log2(leavesPerPiece(pieceLength)));
}

/**
 * Leaves under one piece.
 * @throws RangeError when `pieceLength` is not a power of two of at least 16 KiB.
 */
export function leavesPerPiece(pieceLength: number): number {
  const leaves = pieceLength / BLOCK_SIZE;
  if (!isPowerOfTwo(leaves)) throw new RangeError(`${String(pieceLength)} is no piece length of BEP 52`);
  return leaves;
}

/** Whether `value` is 1, 2, 4, … up to 2^53. */
export function isPowerOfTwo(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1 && Number.isInteger(Math.log2(value));
}

/** The smallest power of two that is at least `value`; 1 for anything up to 1. */
export function powerOfTwoAtLeast(value: number): number {
  let power = 1;
  while (power < value) power *= 2;
  return power;
}

/** Root of a perfect tree of the given height whose leaves are all-zero hashes. */
function zeroRoot(height: number): Uint8Array {
  let root: Uint8Array = new Uint8Array(HASH_LENGTH);
  for (let i = 0; i < height; i += 1) root = hashPair(joined(root, root));
  return root;
}

function joined(left: Uint8Array, right: Uint8Array): Uint8Array {
  const pair = new Uint8Array(2 * HASH_LENGTH);
  pair.set(left);
  pair.set(right, HASH_LENGTH);
  return pair;
}

function hashPair(pair: Uint8Array): Uint8Array {
  return hash('sha256', pair, 'buffer');
}
