import { type Metainfo, WIRE_INFO_HASH_LENGTH, type WireInfoHash, wireInfoHash } from '@shoal/protocol';
import type { TorrentHashes } from '../api/torrent-hashes.ts';
import { noHashError } from '../errors.ts';

/** Every name of the torrent of a metainfo. */
export function hashesOf({
  infoHashV1: v1,
  infoHashV2: v2,
  infoHashLenient: lenient,
}: Pick<Metainfo, 'infoHashV1' | 'infoHashV2' | 'infoHashLenient'>): TorrentHashes {
  return {
    ...(v1 === undefined ? {} : { v1 }),
    ...(v2 === undefined ? {} : { v2 }),
    ...(lenient === undefined ? {} : { aliases: [lenient] }),
  };
}

/** The names of a torrent on the wire: one at least, in the order to dial with. */
export type WireHashes = readonly [WireInfoHash, ...WireInfoHash[]];

/**
 * What a torrent is called on the wire: its v1 hash and its v2 hash cut to 20 bytes (BEP 52), one or both, then its
 * aliases. A hybrid is dialled by its v1 hash first, which nearly every client knows, as libtorrent does.
 * @throws TorrentError SHOAL_TORRENT_NO_HASH
 */
export function wireHashesOf({ v1, v2, aliases = [] }: TorrentHashes): WireHashes {
  const [first, ...others] = [v1, v2, ...aliases].flatMap((hash) =>
    hash === undefined ? [] : [wireInfoHash(hash.subarray(0, WIRE_INFO_HASH_LENGTH))],
  );
  if (first === undefined) throw noHashError();
  return [first, ...others];
}
