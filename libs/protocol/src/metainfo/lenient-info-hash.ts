import { hash } from 'node:crypto';
import { encodeBencode } from '../bencode/encode.ts';
import { type BencodeDictionary, type BencodeValue, isDictionary } from '../bencode/value.ts';
import { type WireInfoHash, wireInfoHash } from './info-hash.ts';

/**
 * The info-hash under which aria2 knows a hybrid torrent. aria2 (1.36, the one Debian 12 has; seen with `aria2c -S`)
 * hashes `info` not as it came but encoded again from what its decoder kept, and that drops members whose key is empty:
 * those that stand for the files in the `file tree` of BEP 52. It announces and shakes hands with the SHA-1 of the rest,
 * and fetches by the v1 half, which is whole.
 */
export function lenientInfoHash(info: BencodeDictionary): WireInfoHash {
  return wireInfoHash(new Uint8Array(hash('sha1', encodeBencode(withoutEmptyKeys(info)), 'buffer')));
}

function withoutEmptyKeys(value: BencodeValue): BencodeValue {
  if (isDictionary(value)) {
    const kept = [...value].filter(([key]) => key !== '');
    return new Map(kept.map(([key, member]) => [key, withoutEmptyKeys(member)]));
  }
  return value instanceof Uint8Array || typeof value === 'bigint' ? value : value.map(withoutEmptyKeys);
}
