import type { Accounts } from '../accounts/accounts.ts';
import type { Location } from '../accounts/source-class.ts';
import type { ServedTree } from '../api/add-torrent.ts';
import type { PeerAddress, PeerClass, PeerSnapshot } from '../api/peer.ts';
import type { EncryptionPolicy } from '../api/session.ts';
import type { TorrentProgress } from '../api/torrent.ts';
import type { TorrentHashes } from '../api/torrent-hashes.ts';

/** What a loop thread is started with. */
export interface LoopInit {
  /** Its number; the main loop is 0. */
  readonly loop: number;
  /** Where the main loop listens, the port as bound. */
  readonly address: PeerAddress;
  readonly localAddress: string | undefined;
  readonly peerId: Uint8Array;
  readonly peerClass: PeerClass;
  readonly location: Location | undefined;
  readonly clientVersion: string;
  readonly maxConnections: number | undefined;
  readonly maxPeersPerTorrent: number | undefined;
  readonly encryption: EncryptionPolicy | undefined;
  /** Where all loops count encrypted handshakes. */
  readonly handshakeMemory: SharedArrayBuffer;
}

/** A torrent that several loops serve. */
export interface LoopTorrent {
  readonly name: string;
  readonly hashes: TorrentHashes;
  readonly tree: ServedTree;
  /** Of the board that they share. */
  readonly memory: SharedArrayBuffer;
}

/** What the main loop tells another. Torrents are named by their first wire hash, in hex. */
export type LoopCommand =
  | ({ readonly kind: 'add' } & LoopTorrent)
  /** Answered with a report `removed`, in order. */
  | { readonly kind: 'remove'; readonly name: string }
  | { readonly kind: 'peers'; readonly name: string; readonly peers: readonly PeerAddress[] }
  /** Whether to accept connections. */
  | { readonly kind: 'listen'; readonly isOpen: boolean }
  | { readonly kind: 'close' };

/** One loop's part of a torrent. */
export interface LoopFigures {
  readonly name: string;
  readonly progress: TorrentProgress;
  readonly peers: readonly PeerSnapshot[];
}

/** What a loop tells the main one. */
export type LoopReport =
  /** Sent every REPORT_INTERVAL: torrents that are not idle, or were not at the last report. */
  | {
      readonly kind: 'figures';
      readonly torrents: readonly LoopFigures[];
      /** The loop's books since it began. */
      readonly accounts: Accounts;
    }
  /** `figures` are its last; undefined when it was not there. */
  | { readonly kind: 'removed'; readonly figures: LoopFigures | undefined }
  | {
      readonly kind: 'log';
      readonly level: 'info' | 'warn';
      readonly fields: object;
      readonly message: string;
    };
