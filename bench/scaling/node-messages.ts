import type { PeerAddress } from '@shoal/session';

/** A torrent that every session of a node has. */
export interface NodeTorrent {
  /** Path of the .torrent file, of v2 format with a single file. */
  readonly metainfoPath: string;
  /** Directory of the file where the torrent is complete; where it is to be fetched, of one directory for each session. */
  readonly directory: string;
  readonly isComplete: boolean;
}

/** What a node is to run. */
export interface NodeInit {
  /** Sessions, each with a port of its own on the loopback. */
  readonly sessions: number;
  readonly torrents: readonly NodeTorrent[];
  /**
   * The sessions are hosts with the complete torrent rather than seeders, and none says what it has before each has a
   * peer: whoever fetches is connected to all of them when the first piece comes. For one torrent.
   */
  readonly gather?: boolean;
}

/** What the harness tells a node, over the channel that fork() makes. */
export type NodeCommand =
  | { readonly type: 'start'; readonly init: NodeInit }
  /** All torrents of all sessions get to know these peers. */
  | { readonly type: 'connect'; readonly peers: readonly PeerAddress[] };

/** What a node answers. */
export type NodeEvent =
  | { readonly type: 'started'; readonly addresses: readonly PeerAddress[] }
  /** Everything that was to be fetched is there, verified and durable. */
  | { readonly type: 'complete' }
  | { readonly type: 'failed'; readonly message: string };
