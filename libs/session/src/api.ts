import type { Bitfield, Metainfo, MetainfoEntry, MetainfoFile } from '@shoal/protocol';
import type { Clock, Random } from '@shoal/swarm';
import type { Accounts } from './accounts/accounts.ts';
import type { LedgerState } from './accounts/ledger-file.ts';
import type { SeedLimit, SeedLimits } from './accounts/seed-limit-policy.ts';
import type { Location } from './accounts/source-class.ts';
import type { EncryptedHandshakes } from './encryption/handshake-counts.ts';
import type { FetchMetadata, MetadataFetch } from './metadata/metadata-fetch.ts';
import type { ContentStore } from './ports/content-store.ts';
import type { PeerTransport } from './ports/peer-transport.ts';
import type { RateLimits, SessionLimits } from './rate/rate-limits.ts';
import type { FileReader, OpenReaderOptions } from './reader/file-reader.ts';
import type { Schedule } from './system.ts';

/** What a process is to its swarm; travels in the extension handshake so that seeder and peer bytes can be told apart. */
export type PeerClass = 'seeder' | 'agent' | 'client';

/** What limits and counters tell apart: the classes of peers, and the origins that web seeds are. */
export type TrafficClass = PeerClass | 'origin';

/** An address a peer listens on. */
export interface PeerAddress {
  /** An IPv4 or IPv6 address, or a host name. */
  readonly host: string;
  readonly port: number;
}

/**
 * Who named a peer: a tracker or the user; an announce in the local network (BEP 14); another peer (BEP 11). They are dialled
 * in this order, and of private torrents (BEP 27) the first alone.
 */
export type PeerOrigin = 'tracker' | 'lsd' | 'pex';

/** Where a session writes what it has to say; a pino logger fits. */
export interface SessionLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** Collaborators of a session; each has a production default. */
export interface SessionComponents {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: SessionLogger;
  readonly transport?: PeerTransport;
  /** Timers of the rate limits. */
  readonly schedule?: Schedule;
}

/**
 * Whether peers that demand encryption (MSE, RC4) are spoken to. It hides what is said from simple filters, and protects
 * nobody: it proves no identity, and RC4 is broken.
 */
export type EncryptionPolicy = 'off' | 'allow';

export interface SessionInit {
  /** Address to listen on; `::` for both IPv4 and IPv6. */
  readonly host: string;
  /** Port to listen on; 0 takes a free one. */
  readonly port: number;
  /** Address that connections to peers of its family leave from. @default the system's choice */
  readonly localAddress?: string;
  readonly peerClass: PeerClass;
  /** Where we are in a fleet: told to peers, and traffic is counted by it. @default nothing is told */
  readonly location?: Location;
  /** Our version, as shown to other clients: "Shoal <clientVersion>". */
  readonly clientVersion: string;
  /** Open connections, half-open ones included. @default 200 */
  readonly maxConnections?: number;
  /** Peers of one torrent; it dials half as many, the rest is for those who dial it. @default 60 */
  readonly maxPeersPerTorrent?: number;
  /** Memory for pieces that are being received or written, in bytes. @default 24 MiB */
  readonly bufferBudgetBytes?: number;
  /** @default no limits */
  readonly limits?: SessionLimits;
  /**
   * 'allow' accepts encrypted handshakes, and tries them with peers that hang up on plain ones; what follows stays plain
   * text where the peer agrees. @default 'allow'
   */
  readonly encryption?: EncryptionPolicy;
  /** Certificates, PEM, of authorities that web seeds may be signed by beside the well-known ones. @default none */
  readonly originAuthorities?: readonly string[];
  /**
   * Whether peers of torrents that are not private (BEP 27) are looked for in the local network (BEP 14), on the interfaces
   * that {@link host} is of: tells everybody there what is fetched and served. @default false
   */
  readonly localDiscovery?: boolean;
  /**
   * Event loops (threads) that connections are spread over, so that a seeder uses several cores: 1 to MAX_LOOPS. Each has
   * its own connections, up to {@link maxConnections} and {@link maxPeersPerTorrent}, and its own memory. See
   * {@link AddTorrent.tree} for what they serve. @default 1
   */
  readonly loops?: number;
}

/** The wire names of a torrent: v1 (20 bytes), v2 (32 bytes), or both for a hybrid; `hashesOf` tells them of a metainfo. */
export interface TorrentHashes {
  readonly v1?: Uint8Array;
  readonly v2?: Uint8Array;
  /** What else peers call it (20 bytes each): answered to like the others, and dialled with last. */
  readonly aliases?: readonly Uint8Array[];
}

/** How much a file or a piece matters: 0 is not wanted, 1 comes last, 4 is the default, 7 comes first. */
export type Priority = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;

/** What of a torrent is wanted, and in which order: pieces of a higher priority come before all of a lower one. */
export interface Priorities {
  /** Of a file; a piece that holds parts of several takes the highest of theirs. @default 4 for all */
  readonly ofFile?: (file: MetainfoEntry) => Priority;
  /** Of single pieces, whatever their files have. */
  readonly ofPieces?: ReadonlyMap<number, Priority>;
}

/** How pieces of the same priority are picked: the rarest in the swarm first, or from the first piece to the last. */
export type PickOrder = 'rarest-first' | 'sequential';

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
   * may have it: wait for {@link Torrent.remove} before it is added again.
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

/** A peer that a torrent has nothing more to do with. */
export interface BannedPeer {
  /** 20 bytes. */
  readonly peerId: Uint8Array;
  /** Where it listens, as far as it is known. */
  readonly address: PeerAddress | undefined;
}

/** A web seed of a torrent. */
export interface WebSeedIdentity {
  readonly url: string;
}

/** What a torrent is doing. */
export type TorrentState =
  /** Complete, no peer connected: holds no store, no timer, no piece table. */
  | 'idle'
  /** Loading the metainfo and opening the store. */
  | 'starting'
  /** Fetching pieces. */
  | 'downloading'
  /** Every wanted piece is there, and peers are connected or more may be wanted yet. */
  | 'seeding'
  /** The store or the metainfo failed; retried after a pause, see {@link TorrentProgress.error}. */
  | 'failed'
  /** Removed, or its session closed. */
  | 'closed';

export interface TorrentProgress {
  readonly state: TorrentState;
  /** Pieces verified and written. */
  readonly piecesDone: number;
  /** Pieces in all; 0 until the metainfo was loaded for the first time. */
  readonly piecesTotal: number;
  /** Bytes of verified pieces, padding included. */
  readonly bytesDone: number;
  readonly bytesTotal: number;
  /**
   * The same of the pieces that are wanted: what percentages are of. A piece that holds parts of wanted files and of others
   * counts as a whole, as it is fetched.
   */
  readonly wanted: {
    readonly pieces: number;
    readonly piecesDone: number;
    readonly bytes: number;
    readonly bytesDone: number;
  };
  /**
   * The books of the fetch, or since the torrent was added when it was complete then: with what earlier runs did of the
   * same fetch, as far as the resume file knows.
   */
  readonly accounts: Accounts;
  /**
   * Payload bytes received since the torrent was added, what came in vain included, by the class of who sent them. Stock
   * clients count as peers, web seeds as origins.
   */
  readonly downloaded: {
    readonly fromSeeders: number;
    readonly fromPeers: number;
    readonly fromOrigins: number;
  };
  /** Payload bytes sent since then. */
  readonly uploaded: number;
  /** Of the payload bytes received, those that came in vain. */
  readonly wasted: number;
  /** Connected peers. */
  readonly peers: number;
  /** Payload bytes per second over the last seconds. */
  readonly downloadRate: number;
  readonly uploadRate: number;
  /** When progress stopped (Clock milliseconds), while pieces are wanted and none came for a while. */
  readonly stalledSince?: number;
  /** The failure that keeps the torrent in state 'failed'. */
  readonly error?: Error;
}

export interface PeerSnapshot {
  readonly address: PeerAddress;
  readonly client: string;
  readonly peerClass: PeerClass;
  readonly incoming: boolean;
  /** What is sent is encrypted by RC4, as the peer demanded. */
  readonly encrypted: boolean;
  readonly complete: boolean;
  /** Payload bytes received from and sent to this peer. */
  readonly downloaded: number;
  readonly uploaded: number;
}

export interface WhenCompleteOptions {
  readonly signal?: AbortSignal;
  /** Rejects with SHOAL_TORRENT_STALLED when no piece is verified for so long, in milliseconds. */
  readonly noProgressMs?: number;
}

export interface Torrent {
  readonly hashes: TorrentHashes;
  /** Adds peers to be dialled; bounded and deduplicated. @param origin who named them, 'tracker' by default */
  addPeers(peers: readonly PeerAddress[], origin?: PeerOrigin): void;
  progress(): TorrentProgress;
  /**
   * Resolves when every wanted piece is verified and written and the wanted files are in their places; at once when that is
   * so already.
   * @throws StoreError, or the error of `load` or `openStore`, when the torrent fails meanwhile
   * @throws TorrentError SHOAL_TORRENT_STALLED (see `noProgressMs`) or SHOAL_TORRENT_CLOSED
   */
  whenComplete(options?: WhenCompleteOptions): Promise<void>;
  /** The books of the torrent's whole life on this host: see {@link AddTorrent.ledgerPath}. */
  lifetime(): Promise<LedgerState>;
  /** A copy of the pieces verified and written. Empty (size 0) until the metainfo was first loaded. */
  have(): Bitfield;
  peers(): PeerSnapshot[];
  /** The open content, for `sync` and `relocate`; undefined while idle. */
  store(): ContentStore | undefined;
  /**
   * Replaces the torrent's limits, at once.
   * @throws RateLimitError
   */
  setLimits(limits: RateLimits): void;
  /**
   * Replaces the priorities, at once. What is on its way of pieces that are not wanted any more is discarded. What is there
   * stays, out of sight while its file is not wanted, and is not fetched again when it is: {@link whenComplete} tells when the
   * wanted files are in their places.
   * @throws TorrentError SHOAL_TORRENT_BAD_SELECTION
   */
  setPriorities(priorities: Priorities): void;
  /**
   * Replaces the deadlines: for readers that follow a torrent while it is fetched. Pieces with one come before all
   * others, the earliest first, from peers that are fast enough. It is no error to miss one.
   * @param deadlines by piece, in milliseconds from now; those of pieces that are there or not wanted are ignored
   * @throws TorrentError SHOAL_TORRENT_BAD_SELECTION
   */
  setDeadlines(deadlines: ReadonlyMap<number, number>): void;
  /**
   * Opens a file for reading while it is fetched, or later. What the reader needs next gets deadlines, beside those of
   * {@link setDeadlines}. Close it.
   * @param file of the torrent's metainfo
   * @throws ReaderError SHOAL_READER_TOO_MANY, SHOAL_READER_OUT_OF_RANGE
   */
  openReader(file: MetainfoFile, options?: OpenReaderOptions): FileReader;
  /** Disconnects, writes what is durable to the resume file and the books to theirs, closes the store, forgets the torrent. */
  remove(): Promise<void>;
}

export interface Session {
  /** Where we listen, the port as bound. */
  readonly address: PeerAddress;
  /** Our 20-byte peer id. */
  readonly peerId: Uint8Array;
  /** @throws TorrentError SHOAL_TORRENT_EXISTS when a hash is taken already; RateLimitError */
  add(options: AddTorrent): Torrent;
  /**
   * Finds out from peers what a torrent is, of which a magnet link alone is known.
   * @throws TorrentError SHOAL_TORRENT_EXISTS when a hash is taken already, SHOAL_TORRENT_NO_HASH
   */
  fetchMetadata(options: FetchMetadata): MetadataFetch;
  /**
   * Replaces the limits of the session and of the classes, at once; torrents keep theirs.
   * @throws RateLimitError
   */
  setLimits(limits: SessionLimits): void;
  /** What was received and sent since the session began, also of torrents that are gone. */
  accounts(): Accounts;
  /** None while {@link SessionInit.encryption} is 'off'. */
  encryptedHandshakes(): EncryptedHandshakes;
  torrents(): Iterable<Torrent>;
  /** Finds a torrent by a v1, v2 or truncated v2 info-hash. */
  get(infoHash: Uint8Array): Torrent | undefined;
  /** Closes every torrent, connection, listener and timer. Idempotent. */
  close(): Promise<void>;
}
