import { HASH_LENGTH } from '@shoal/protocol';

/** Whether two runs of packed SHA-256 digests of a piece's blocks agree in one block. */
export function isSameDigest(a: Uint8Array, b: Uint8Array, block: number): boolean {
  const start = block * HASH_LENGTH;
  for (let at = start; at < start + HASH_LENGTH; at += 1) if (a[at] !== b[at]) return false;
  return true;
}
