import type { MetadataProgress } from './metadata/metadata-fetch.ts';

/** Stable codes of {@link TorrentError}. */
export type TorrentErrorCode =
  /** An info-hash is in the session already. */
  | 'SHOAL_TORRENT_EXISTS'
  /** The torrent has no info-hash. */
  | 'SHOAL_TORRENT_NO_HASH'
  /** No block came for as long as the caller wanted to wait. */
  | 'SHOAL_TORRENT_STALLED'
  /** The torrent was removed, or its session closed. */
  | 'SHOAL_TORRENT_CLOSED'
  /** The metainfo that was loaded is not the one of the info-hash. */
  | 'SHOAL_TORRENT_MISMATCH'
  /** The v1 and v2 halves of a hybrid describe different content: a file that v1 verified has another root. */
  | 'SHOAL_TORRENT_ROOT_MISMATCH'
  /** Priorities or deadlines name a piece that does not exist, or are out of range. */
  | 'SHOAL_TORRENT_BAD_SELECTION';

/** Raised by a session for one torrent. */
export class TorrentError extends Error {
  override readonly name = 'TorrentError';
  readonly code: TorrentErrorCode;
  /** What can be done about it. */
  readonly remedy: string;
  /** Hex of the torrent's first info-hash. */
  readonly infoHash: string;

  constructor(code: TorrentErrorCode, infoHash: string, message: string, remedy: string) {
    super(message);
    this.code = code;
    this.infoHash = infoHash;
    this.remedy = remedy;
  }
}

/** No block came for `idleMs` milliseconds. */
export function stalledError(infoHash: string, idleMs: number, peers: number): TorrentError {
  const message = `no block of ${infoHash} came for ${Math.round(idleMs / 1_000)} s, with ${peers} peers`;
  const remedy = 'See whether a seeder is up and can be reached; the torrent goes on trying meanwhile.';
  return new TorrentError('SHOAL_TORRENT_STALLED', infoHash, message, remedy);
}

/** Whether a failure only says that nothing came for as long as somebody wanted to wait, also when it came from another thread. */
export function isStall(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'SHOAL_TORRENT_STALLED';
}

/** The torrent was removed. */
export function closedError(infoHash: string): TorrentError {
  return new TorrentError(
    'SHOAL_TORRENT_CLOSED',
    infoHash,
    `torrent ${infoHash} was removed`,
    'Add it again.',
  );
}

/** A file of a hybrid that its v1 half has verified is not the one that its v2 half describes. */
export function rootMismatchError(infoHash: string, path: string): TorrentError {
  const message = `${JSON.stringify(path)} of ${infoHash} does not have the root that the torrent says`;
  const remedy = 'The torrent is damaged or forged, its v1 and v2 halves differ: obtain another one.';
  return new TorrentError('SHOAL_TORRENT_ROOT_MISMATCH', infoHash, message, remedy);
}

/** The torrent is named by no info-hash that proves anything. */
export function noHashError(): TorrentError {
  const remedy = 'Give its v1 or v2 info-hash, or both.';
  return new TorrentError('SHOAL_TORRENT_NO_HASH', '', 'a torrent without an info-hash', remedy);
}

/** Nothing of a torrent's metadata came for `idleMs` milliseconds. */
export function noMetadataError(
  infoHash: string,
  idleMs: number,
  { phase, peers }: Pick<MetadataProgress, 'phase' | 'peers'>,
): TorrentError {
  const what = phase === 'info' ? 'metadata' : 'piece layers';
  const message = `no ${what} of ${infoHash} came for ${Math.round(idleMs / 1_000)} s, with ${peers} peers`;
  const remedy =
    phase === 'info'
      ? 'See whether the link names a tracker or a peer that can be reached, and whether a peer has the torrent.'
      : 'A peer that speaks v2 (BEP 52) must be in the swarm. Or use the .torrent file.';
  return new TorrentError('SHOAL_TORRENT_STALLED', infoHash, message, remedy);
}
