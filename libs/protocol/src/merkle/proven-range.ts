import { hash } from 'node:crypto';
import { equalBytes } from '../bytes.ts';
import type { HashRange } from '../wire/message.ts';
import { HASH_LENGTH } from './constants.ts';
import { isPowerOfTwo, merkleRoot } from './merkle-tree.ts';

/**
 * Whether the answer to a hash request (BEP 52) is proven by the file's root: its `length` hashes, and the uncles from
 * their common ancestor up to the root.
 * @param range asked for with all proof layers there are
 * @param width hashes of the layer, padding included: a power of two
 * @param hashes packed, as a `hashes` message has them
 */
export function isProvenRange(range: HashRange, width: number, hashes: Uint8Array): boolean {
  const { piecesRoot, index, length } = range;
  const isRange = isPowerOfTwo(length) && isPowerOfTwo(width) && index % length === 0 && index < width;
  const uncles = Math.log2(width / length);
  if (!isRange || uncles < 0 || hashes.length !== (length + uncles) * HASH_LENGTH) return false;
  let node = merkleRoot(hashes.subarray(0, length * HASH_LENGTH), length);
  let place = index / length;
  for (let at = length * HASH_LENGTH; at < hashes.length; at += HASH_LENGTH) {
    const uncle = hashes.subarray(at, at + HASH_LENGTH);
    node = hash('sha256', Buffer.concat(place % 2 === 0 ? [node, uncle] : [uncle, node]), 'buffer');
    place = Math.floor(place / 2);
  }
  return equalBytes(node, piecesRoot);
}
