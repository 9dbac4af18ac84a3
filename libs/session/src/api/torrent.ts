import type { Bitfield, MetainfoFile } from '@shoal/protocol';
import type { Accounts } from '../accounts/accounts.ts';
import type { LedgerState } from '../accounts/ledger-file.ts';
import type { ContentStore } from '../ports/content-store.ts';
import type { RateLimits } from '../rate/rate-limits.ts';
import type { FileReader, OpenReaderOptions } from '../reader/file-reader.ts';
import type { PeerAddress, PeerOrigin, PeerSnapshot } from './peer.ts';
import type { Priorities } from './selection.ts';
import type { TorrentHashes } from './torrent-hashes.ts';

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
  /** The books of the torrent's whole life on this host: see `AddTorrent.ledgerPath`. */
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
