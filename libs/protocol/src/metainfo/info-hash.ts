import type { Metainfo } from './metainfo.ts';
import { toHex } from '../bytes.ts';

declare const brand: unique symbol;

/** SHA-1 of the raw `info` dictionary, 20 bytes (BEP 3). */
export type InfoHashV1 = Uint8Array & { readonly [brand]: 'InfoHashV1' };

/** SHA-256 of the raw `info` dictionary, 32 bytes (BEP 52). */
export type InfoHashV2 = Uint8Array & { readonly [brand]: 'InfoHashV2' };

/** The 20 bytes that stand for a swarm in handshakes and announces: a v1 info-hash, or the first 20 bytes of a v2 one. */
export type WireInfoHash = Uint8Array & { readonly [brand]: 'WireInfoHash' };

/** Length of an info-hash on the wire, in bytes (BEP 3, BEP 52). */
export const WIRE_INFO_HASH_LENGTH = 20;

/**
 * Marks 20 bytes that came from the wire as an info-hash.
 * @throws RangeError when `bytes` are not exactly 20.
 */
export function wireInfoHash(bytes: Uint8Array): WireInfoHash {
  if (bytes.length !== WIRE_INFO_HASH_LENGTH) {
    throw new RangeError(
      `an info-hash on the wire has ${String(WIRE_INFO_HASH_LENGTH)} bytes, not ${String(bytes.length)}`,
    );
  }
  return bytes as WireInfoHash;
}

/**
 * The info-hashes a swarm is known by on the wire: v1 first, then v2 truncated to 20 bytes (BEP 52), then what lenient
 * clients make of a hybrid. One to three.
 */
export function wireInfoHashes(
  metainfo: Pick<Metainfo, 'infoHashV1' | 'infoHashV2' | 'infoHashLenient'>,
): WireInfoHash[] {
  const hashes: WireInfoHash[] = [];
  if (metainfo.infoHashV1) hashes.push(wireInfoHash(metainfo.infoHashV1));
  if (metainfo.infoHashV2) hashes.push(wireInfoHash(metainfo.infoHashV2.subarray(0, WIRE_INFO_HASH_LENGTH)));
  if (metainfo.infoHashLenient) hashes.push(metainfo.infoHashLenient);
  return hashes;
}

/** Lower-case hexadecimal form of any info-hash, as used in map keys, logs and magnet links. */
export function infoHashHex(hash: InfoHashV1 | InfoHashV2 | WireInfoHash): string {
  return toHex(hash);
}
