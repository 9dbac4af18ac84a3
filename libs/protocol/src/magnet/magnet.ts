import type { InfoHashV1, InfoHashV2 } from '../metainfo/info-hash.ts';

/** Where a peer listens, as a link names it. */
export interface MagnetPeer {
  /** An IPv4 or IPv6 address, or a host name. */
  readonly host: string;
  readonly port: number;
}

/** Consecutive files of a torrent by their indexes, both included. */
export interface FileRange {
  readonly first: number;
  readonly last: number;
}

/** What a magnet link says (BEP 9, 52, 53). It has one info-hash at least: a hybrid's link has both. */
export interface Magnet {
  readonly infoHashV1?: InfoHashV1;
  readonly infoHashV2?: InfoHashV2;
  /** A name to show (`dn`) until the metainfo is there. */
  readonly displayName?: string;
  /** Tracker URLs (`tr`), of any scheme. */
  readonly trackers: readonly string[];
  /** Peers to ask first (`x.pe`). */
  readonly peers: readonly MagnetPeer[];
  /** Files to fetch, without the others (`so`, BEP 53); all when there are none. */
  readonly selectOnly?: readonly FileRange[];
}
