import type { Handshake, PexPeer, PieceLayout } from '@shoal/protocol';
import type { PeerFacts, PeerHandle, Slot, TorrentCore } from '@shoal/swarm';
import type { TrafficLedger } from '../accounts/traffic-ledger.ts';
import type { PeerAddress, PeerSnapshot } from '../api/peer.ts';
import type { BlockReader } from '../peer/block-sender.ts';
import type { ExtensionType } from '../peer/extensions/extension.ts';
import { PeerConnection } from '../peer/peer-connection.ts';
import type { BlockSource } from '../ports/block-source.ts';
import type { PeerStream } from '../ports/peer-transport.ts';
import type { TorrentLimiter } from '../rate/session-limiter.ts';
import { fastSetOf } from './fast-set.ts';
import type { HashServer } from './hash-server.ts';
import type { TorrentEnvironment } from './torrent-environment.ts';

/** A peer that has shaken hands. */
export interface NewPeer {
  readonly stream: PeerStream;
  readonly handshake: Handshake;
  readonly rest: Uint8Array;
  readonly incoming: boolean;
  readonly address: PeerAddress;
}

/** How a connection ended. */
export interface PeerEnd {
  /** For the log. */
  readonly reason: string;
  /** It had every piece. */
  readonly isComplete: boolean;
}

/** What the connected peers of a torrent report. */
export interface ConnectedPeersEvents {
  /** A block of use came. */
  onUseful(): void;
  onStoreError(error: unknown): void;
  onPeerClosed(connection: PeerConnection, end: PeerEnd): void;
}

/** Collaborators of {@link ConnectedPeers}. */
export interface ConnectedPeersComponents {
  readonly environment: TorrentEnvironment;
  readonly core: TorrentCore;
  readonly layout: PieceLayout;
  readonly hashServer: HashServer;
  readonly limits: TorrentLimiter;
  readonly ledger: TrafficLedger;
  /** Spoken with each peer. */
  readonly extensions: readonly ExtensionType[];
  /** Reads what peers have asked for. */
  readonly read: BlockReader;
  /** The buffer of a slot of the core. */
  readonly bufferOf: (slot: Slot) => Uint8Array | undefined;
  /** Makes a connection a source of the torrent's blocks. */
  readonly join: (source: BlockSource, facts: PeerFacts) => PeerHandle;
  /** It is none any more. */
  readonly leave: (source: BlockSource, handle: PeerHandle) => void;
}

/** The peers of one torrent that are connected: sources of blocks that ask for blocks, too. */
export class ConnectedPeers {
  readonly #components: ConnectedPeersComponents;
  readonly #events: ConnectedPeersEvents;
  readonly #connections = new Map<PeerHandle, PeerConnection>();

  constructor(components: ConnectedPeersComponents, events: ConnectedPeersEvents) {
    this.#components = components;
    this.#events = events;
  }

  get count(): number {
    return this.#connections.size;
  }

  all(): Iterable<PeerConnection> {
    return this.#connections.values();
  }

  get(handle: PeerHandle): PeerConnection | undefined {
    return this.#connections.get(handle);
  }

  /** The connection to the peer of this id, if there is one. */
  find(peerId: Uint8Array): PeerConnection | undefined {
    for (const connection of this.#connections.values()) {
      if (Buffer.compare(connection.init.peerId, peerId) === 0) return connection;
    }
    return undefined;
  }

  /** Takes over a peer, and introduces us. */
  add(peer: NewPeer): void {
    const { environment, layout, join } = this.#components;
    const { peerId, infoHash, fast, v2 } = peer.handshake;
    const connection = this.#connect(peer);
    const fastSet = fastSetOf({ peerId, infoHash, address: peer.stream.remote.host }, layout);
    const handle = join(connection, { fast, v2, fastSet });
    this.#connections.set(handle, connection);
    environment.connections.count += 1;
    connection.open(handle, peer.rest);
  }

  /** Those that can be dialled by others, as far as it is known, and what is to be told about them (BEP 11). */
  tellable(): PexPeer[] {
    return [...this.#connections.values()].flatMap((connection) => {
      const address = connection.listenAddress;
      const snapshot = connection.snapshot();
      if (address === undefined || snapshot === undefined) return [];
      const { encrypted: prefersEncryption, complete: isSeed, incoming } = snapshot;
      return [{ ...address, prefersEncryption, isSeed, isReachable: !incoming }];
    });
  }

  /** What they send together, in bytes per second. */
  downloadRate(): number {
    let rate = 0;
    for (const handle of this.#connections.keys()) {
      rate += this.#components.core.peerFigures(handle)?.downloadRate ?? 0;
    }
    return rate;
  }

  snapshots(): PeerSnapshot[] {
    return [...this.#connections.values()].flatMap((connection) => connection.snapshot() ?? []);
  }

  #connect({ stream, handshake, incoming, address }: NewPeer): PeerConnection {
    const { environment, core, layout, hashServer, limits, ledger, read, bufferOf } = this.#components;
    const { peerId, extensions } = handshake;
    return new PeerConnection(
      {
        stream,
        core,
        read,
        budget: environment.sending,
        limits,
        ledger,
        extensions: this.#components.extensions,
        identity: environment.identity,
        events: {
          bufferOf,
          onUseful: () => this.#events.onUseful(),
          onStoreError: (error) => this.#events.onStoreError(error),
          onHashRequest: (from, range) => hashServer.onRequest(from, range),
          onClosed: (closed, reason) => this.#onClosed(closed, reason),
        },
      },
      {
        pieceCount: layout.pieceCount,
        peerId,
        incoming,
        address,
        extensions,
        now: environment.clock.now(),
      },
    );
  }

  #onClosed(connection: PeerConnection, reason: string): void {
    const { environment, core, hashServer, leave } = this.#components;
    const { handle } = connection;
    if (handle === undefined) return;
    const { isComplete = false } = core.peerFigures(handle) ?? {};
    this.#connections.delete(handle);
    environment.connections.count -= 1;
    leave(connection, handle);
    hashServer.forget(handle);
    this.#events.onPeerClosed(connection, { reason, isComplete });
  }
}
