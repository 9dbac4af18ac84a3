import type { CreatedMetainfo } from '@shoal/protocol';
import type { PeerAddress, PeerOrigin } from '../api/peer.ts';
import type { TorrentHashes } from '../api/torrent-hashes.ts';

/** A torrent of which no more is known than a magnet link tells. */
export interface FetchMetadata {
  /** The v1 or v2 info-hash, or both. */
  readonly hashes: TorrentHashes;
  /** Tracker URLs, to be written into the metainfo. */
  readonly trackers: readonly string[];
}

/** How far a fetch of metadata is. */
export interface MetadataProgress {
  /** What is being fetched: the `info` dictionary (BEP 9), then the piece layers of v2 and hybrid torrents (BEP 52). */
  readonly phase: 'info' | 'piece-layers' | 'done';
  /** Bytes of the phase that are there. */
  readonly bytesDone: number;
  /** 0 while no peer has said how many there are. */
  readonly bytesTotal: number;
  /** Connected peers. */
  readonly peers: number;
}

/** What a fetch of metadata comes to. */
export interface FetchedMetadata extends CreatedMetainfo {
  /** Peers that trackers or the user named, the best first. */
  readonly peers: readonly PeerAddress[];
  /** Other peers of the swarm, the best first: to be added as such. None of a private torrent (BEP 27). */
  readonly foundPeers: readonly PeerAddress[];
}

/** Options of a wait for metadata. */
export interface WhenFetchedOptions {
  readonly signal?: AbortSignal;
  /** Rejects with SHOAL_TORRENT_STALLED when nothing of use came for so long, in milliseconds. */
  readonly noProgressMs?: number;
}

/**
 * Finds out from peers what a torrent is. It is over, and out of the session, when it is done or fails, so that the torrent
 * itself can be added then.
 */
export interface MetadataFetch {
  readonly hashes: TorrentHashes;
  /** As {@link Torrent.addPeers}. */
  addPeers(peers: readonly PeerAddress[], origin?: PeerOrigin): void;
  progress(): MetadataProgress;
  /**
   * Resolves with the metainfo when all of it is there and proven by the info-hashes. A hybrid may lack piece layers that no peer
   * told for 15 s (`filesWithoutLayer`): it is fetched by its v1 half.
   * @throws MetainfoError when the torrent is none that can be used
   * @throws TorrentError SHOAL_TORRENT_STALLED (see `noProgressMs`) or SHOAL_TORRENT_CLOSED
   */
  whenFetched(options?: WhenFetchedOptions): Promise<FetchedMetadata>;
  /** Disconnects, and forgets the fetch. Idempotent. */
  remove(): Promise<void>;
}
