import { hash } from 'node:crypto';
import { view } from '../bytes.ts';

/**
 * The pieces that a peer at an IPv4 address may ask for while it is choked: the canonical set of BEP 6, the same for
 * all hosts of a /24 network and for whoever computes it, so that reconnecting wins nothing.
 * @param infoHash 20 bytes, as in the handshake
 * @param address 4 bytes
 * @param size how many; no more than there are pieces
 */
export function allowedFastSet(
  infoHash: Uint8Array,
  address: Uint8Array,
  pieceCount: number,
  size: number,
): number[] {
  const pieces = new Set<number>();
  const wanted = Math.min(size, pieceCount);
  let digest: Uint8Array = Buffer.concat([address.subarray(0, 3), Buffer.of(0), infoHash]);
  while (pieces.size < wanted) {
    digest = hash('sha1', digest, 'buffer');
    const numbers = view(digest);
    for (let at = 0; at < digest.length && pieces.size < wanted; at += 4) {
      pieces.add(numbers.readUInt32BE(at) % pieceCount);
    }
  }
  return [...pieces];
}
