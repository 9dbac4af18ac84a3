import type { Bitfield, Metainfo } from '@shoal/protocol';
import type { SeedLimit, SeedLimits } from '../accounts/seed-limit-policy.ts';
import type { ContentStore } from '../ports/content-store.ts';
import type { RateLimits } from '../rate/rate-limits.ts';
import type { BannedPeer } from './peer.ts';
import type { PickOrder, Priorities } from './selection.ts';
import type { TorrentHashes } from './torrent-hashes.ts';

export interface AddTorrent {
  readonly hashes: TorrentHashes;
  /** Loads the metainfo when the first peer comes, so that an idle torrent holds none. */
  readonly load: () => Promise<Metainfo>;
  /**
   * What the metainfo says of it (BEP 27), where that is known before {@link load}: nobody in the local network is told of a
   * torrent of which it is not known. @default known once it was loaded
   */
  readonly private?: boolean | undefined;
  /** Opens the content; called with {@link load} and again after the torrent was idle. */
  readonly openStore: () => Promise<ContentStore>;
  /** Verified pieces to start with; those of a set are durable too. */
  readonly have: 'none' | 'all' | Bitfield;
  /** File that keeps the durable pieces across restarts; none is written when absent. */
  readonly resumePath?: string;
  /**
   * File that keeps the books of the torrent's whole life on this host; none is written when absent. One torrent at a time
   * may have it: wait for `Torrent.remove` before it is added again.
   */
  readonly ledgerPath?: string;
  /**
   * When to leave the swarm: once complete and a limit is reached, and nobody connected who lacks pieces is being served.
   * The torrent is removed then. Counted over its whole life where {@link ledgerPath} is given. @default never
   */
  readonly seedLimits?: SeedLimits;
  /** Called when the torrent has been removed because of {@link seedLimits}. */
  readonly onSeedLimit?: (reached: SeedLimit) => void;
  /** Bytes of {@link have} that were there on this host, for the books. @default 0 */
  readonly reusedBytes?: number;
  /** @default everything is wanted */
  readonly priorities?: Priorities;
  /** @default 'rarest-first' */
  readonly pickOrder?: PickOrder;
  /** Limits of this torrent, within the session's. @default no limits */
  readonly limits?: RateLimits;
  /**
   * URLs of web seeds (BEP 19), HTTP or HTTPS: asked only while the swarm gives too little. Those that a torrent names by
   * itself are never asked: pass them on here when whoever made the torrent may choose what this host connects to.
   * @default none
   */
  readonly webSeeds?: readonly string[];
  /**
   * Where the content lies, for event loops that open it themselves. A torrent that has one, is added complete and has no
   * limits is served by all loops of the session; any other by the main loop alone.
   */
  readonly tree?: ServedTree;
  /** Called when a peer is banned from the torrent because it sent bytes that are not the torrent's. */
  readonly onPeerBanned?: (peer: BannedPeer) => void;
}

/** A complete torrent on the disk, as one thread can describe it to another. */
export interface ServedTree {
  /** The .torrent file. */
  readonly metainfoPath: string;
  /** Directory that holds the torrent's entries, as for `openDirectoryStore`. */
  readonly root: string;
}
