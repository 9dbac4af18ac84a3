import { WIRE_INFO_HASH_LENGTH, type WireInfoHash, wireInfoHash } from '@shoal/protocol';
import type { TorrentHashes } from '../api.ts';
import { TorrentError } from '../errors.ts';

/**
 * What a torrent is called on the wire: its v1 hash and its v2 hash cut to 20 bytes (BEP 52), one or both. A hybrid is
 * dialled by its v1 hash, which every client knows, as libtorrent does.
 * @throws TorrentError SHOAL_TORRENT_NO_HASH
 */
export function wireHashesOf({ v1, v2 }: TorrentHashes): WireInfoHash[] {
  const hashes = [v1, v2].flatMap((hash) =>
    hash === undefined ? [] : [wireInfoHash(hash.subarray(0, WIRE_INFO_HASH_LENGTH))],
  );
  if (hashes.length > 0) return hashes;
  const remedy = 'Give its v1 or v2 info-hash, or both.';
  throw new TorrentError('SHOAL_TORRENT_NO_HASH', '', 'a torrent without an info-hash', remedy);
}
