import { createHash } from 'node:crypto';
import { BencodeReader } from '../bencode/reader.ts';
import { METAINFO_LIMITS } from './constants.ts';
import { type WireInfoHash, wireInfoHash } from './info-hash.ts';

/**
 * The info-hash under which aria2 knows a hybrid torrent. aria2 (1.36, the one Debian 12 has; seen with `aria2c -S`)
 * hashes `info` not as it came but encoded again from what its decoder kept, and that drops members whose key is empty:
 * those that stand for the files in the `file tree` of BEP 52. It announces and shakes hands with the SHA-1 of the rest,
 * and fetches by the v1 half, which is whole.
 */
export function lenientInfoHash(infoBytes: Uint8Array): WireInfoHash {
  const hash = createHash('sha1');
  const reader = new BencodeReader(infoBytes, METAINFO_LIMITS);
  /** Where the bytes begin that are not hashed yet. What is read is canonical, so only the members left out differ. */
  let from = 0;
  do {
    const start = reader.offset;
    if (reader.next() !== 'key' || reader.end > reader.start) continue;
    reader.skip();
    hash.update(reader.bytes.subarray(from, start));
    from = reader.offset;
  } while (reader.depth > 0);
  return wireInfoHash(new Uint8Array(hash.update(reader.bytes.subarray(from)).digest()));
}
