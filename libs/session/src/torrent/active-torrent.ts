import type { Bitfield, BlockRange, Handshake, Metainfo, PeerMessage, PieceLayout } from '@shoal/protocol';
import {
  type Clock,
  type CloseReason,
  type CoreSink,
  createRarestFirstPicker,
  createSeederChoker,
  createSequentialPicker,
  createTitForTatChoker,
  createTorrentCore,
  type PeerHandle,
  type PieceGeometry,
  type Random,
  type Slot,
  type TorrentCore,
} from '@shoal/swarm';
import type { BannedPeer, PeerAddress, PeerSnapshot, PickOrder } from '../api.ts';
import type { BufferPool } from '../buffer-pool.ts';
import { DISK_HIGH_WATER, DISK_LOW_WATER } from '../constants.ts';
import { type LocalIdentity, PeerConnection } from '../peer/peer-connection.ts';
import type { ContentStore, LentBytes } from '../ports/content-store.ts';
import type { PeerStream } from '../ports/peer-transport.ts';
import type { TorrentLimiter } from '../rate/session-limiter.ts';
import type { SendBudget } from '../send-budget.ts';
import { DepartedPeers } from './departed-peers.ts';
import { fastSetOf } from './fast-set.ts';
import { HashRanges } from './hash-ranges.ts';
import { HashServer } from './hash-server.ts';
import { PieceBuffers } from './piece-buffers.ts';
import { createPieceTrees } from './piece-trees.ts';
import { toWireGeometry } from './wire-geometry.ts';

/** What the torrents of a session share. */
export interface TorrentEnvironment {
  readonly clock: Clock;
  readonly random: Random;
  readonly buffers: BufferPool;
  readonly sending: SendBudget;
  /** Our own peer id and introduction. */
  readonly peerId: Uint8Array;
  readonly identity: LocalIdentity;
}

/** What an active torrent reports. */
export interface ActiveTorrentEvents {
  onPieceVerified(piece: number, size: number): void;
  onComplete(): void;
  /** A block of use came. */
  onUseful(connection: PeerConnection, bytes: number): void;
  onStoreError(error: unknown): void;
  /** A peer sent bad bytes. It may be closed already. */
  onPeerBanned(peer: BannedPeer): void;
  onPeerClosed(connection: PeerConnection, end: PeerEnd): void;
}

/** Sums over the connected peers: payload bytes and bytes per second; and what this core has wasted. */
export interface ActiveFigures {
  readonly downloadRate: number;
  readonly uploadRate: number;
  readonly uploaded: number;
  readonly wasted: number;
}

/** The figures of a torrent that is not active. */
export const NO_FIGURES: ActiveFigures = { downloadRate: 0, uploadRate: 0, uploaded: 0, wasted: 0 };

/** How a connection ended. */
export interface PeerEnd {
  /** For the log. */
  readonly reason: string;
  /** Payload bytes sent to it. */
  readonly uploaded: number;
  /** It had every piece. */
  readonly isComplete: boolean;
}

export interface ActiveTorrentInit {
  readonly metainfo: Metainfo;
  readonly layout: PieceLayout;
  readonly store: ContentStore;
  /** Kept and changed by the core. */
  readonly have: Bitfield;
  readonly limits: TorrentLimiter;
  readonly pickOrder: PickOrder;
  /** By piece; undefined for the default. */
  readonly priorities: Uint8Array | undefined;
}

/** A peer that has shaken hands. */
export interface NewPeer {
  readonly stream: PeerStream;
  readonly handshake: Handshake;
  readonly rest: Uint8Array;
  readonly incoming: boolean;
  readonly address: PeerAddress;
}

/** A torrent with a core: carries out the core's actions on connections, buffers and the store. */
export class ActiveTorrent implements CoreSink {
  readonly metainfo: Metainfo;
  readonly layout: PieceLayout;
  readonly store: ContentStore;
  readonly core: TorrentCore;
  readonly #environment: TorrentEnvironment;
  readonly #events: ActiveTorrentEvents;
  readonly #geometry: PieceGeometry;
  readonly #buffers: PieceBuffers;
  readonly #limits: TorrentLimiter;
  readonly #connections = new Map<PeerHandle, PeerConnection>();
  readonly #verifying = new Set<Promise<void>>();
  readonly #departed = new DepartedPeers();
  readonly #hashServer: HashServer;
  #verifyingBytes = 0;
  #isDiskBehind = false;
  #isClosed = false;

  constructor(environment: TorrentEnvironment, init: ActiveTorrentInit, events: ActiveTorrentEvents) {
    const { clock, random } = environment;
    this.metainfo = init.metainfo;
    this.layout = init.layout;
    this.store = init.store;
    this.#environment = environment;
    this.#events = events;
    this.#limits = init.limits;
    this.#geometry = toWireGeometry(init.layout, init.metainfo.format);
    this.#buffers = new PieceBuffers(environment.buffers.createShare(init.layout.pieceLength));
    this.core = createTorrentCore(
      {
        clock,
        random,
        sink: this,
        picker:
          init.pickOrder === 'sequential' ? createSequentialPicker() : createRarestFirstPicker({ random }),
        chokers: { leeching: createTitForTatChoker({ random }), seeding: createSeederChoker() },
      },
      {
        geometry: this.#geometry,
        have: init.have,
        ...(init.priorities && { priorities: init.priorities }),
        firstCopies: environment.identity.peerClass === 'seeder',
        trees: createPieceTrees(init.metainfo, init.layout),
      },
    );
    const ranges = init.metainfo.format === 'v1' ? undefined : new HashRanges(init.metainfo);
    this.#hashServer = new HashServer(
      { clock, store: init.store, ranges, send: (peer, message) => this.send(peer, message) },
      { have: init.have },
    );
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  connections(): Iterable<PeerConnection> {
    return this.#connections.values();
  }

  /** The connection to the peer of this id, if there is one. */
  findPeer(peerId: Uint8Array): PeerConnection | undefined {
    for (const connection of this.#connections.values()) {
      if (Buffer.compare(connection.init.peerId, peerId) === 0) return connection;
    }
    return undefined;
  }

  addPeer(peer: NewPeer): PeerConnection {
    const { stream, handshake, incoming, address } = peer;
    const connection = new PeerConnection(
      {
        stream,
        core: this.core,
        read: (piece, begin, length) => this.#lend(piece, begin, length),
        budget: this.#environment.sending,
        limits: this.#limits,
        events: {
          bufferOf: (slot) => this.#buffers.get(slot),
          onUseful: (from, bytes) => this.#events.onUseful(from, bytes),
          onStoreError: (error) => this.#events.onStoreError(error),
          onHashRequest: (from, range) => this.#hashServer.onRequest(from, range),
          onClosed: (closed, reason) => this.#onClosed(closed, reason),
        },
      },
      {
        pieceCount: this.layout.pieceCount,
        peerId: handshake.peerId,
        incoming,
        address,
        fast: handshake.fast,
        extensions: handshake.extensions,
        now: this.#environment.clock.now(),
      },
    );
    const { peerId, infoHash, fast, v2 } = handshake;
    const fastSet = fastSetOf({ peerId, infoHash, address: stream.remote.host }, this.layout);
    const handle = this.core.addPeer({ fast, v2, fastSet });
    this.#connections.set(handle, connection);
    connection.open(handle, this.#environment.identity, peer.rest);
    if (this.#isDiskBehind) connection.setPausedByDisk(true);
    return connection;
  }

  tick(now: number): void {
    this.core.tick();
    for (const connection of this.#connections.values()) connection.tick(now);
  }

  peers(): PeerSnapshot[] {
    return [...this.#connections.values()].flatMap((connection) => connection.snapshot() ?? []);
  }

  figures(): ActiveFigures {
    const sum = { downloadRate: 0, uploadRate: 0, uploaded: 0 };
    for (const handle of this.#connections.keys()) {
      const figures = this.core.peerFigures(handle);
      sum.downloadRate += figures?.downloadRate ?? 0;
      sum.uploadRate += figures?.uploadRate ?? 0;
      sum.uploaded += figures?.uploaded ?? 0;
    }
    return { ...sum, wasted: this.core.wastedBytes };
  }

  /** Disconnects everyone, waits for pieces that are being written, closes the store and gives its memory back. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const ending = [...this.#connections.values()].map((connection) => connection.end('torrent closed'));
    await Promise.all([...this.#verifying, ...ending]);
    this.#buffers.releaseAll();
    await this.store.close();
  }

  send(peer: PeerHandle, message: PeerMessage): void {
    this.#connections.get(peer)?.send(message);
  }

  uploadsWaiting(peer: PeerHandle): void {
    this.#connections.get(peer)?.onUploadsWaiting();
  }

  sendBlock(peer: PeerHandle, block: BlockRange): void {
    this.#connections.get(peer)?.sendBlock(block);
  }

  stopReceiving(peer: PeerHandle): void {
    this.#connections.get(peer)?.stopReceiving();
  }

  openPiece(piece: number): Slot | undefined {
    if (this.#isClosed) return undefined;
    return this.#buffers.open(this.#geometry.pieceSize(piece), this.#geometry.payloadSize(piece));
  }

  verifyPiece(piece: number, slot: Slot, wantsDigests: boolean): void {
    const buffer = this.#buffers.get(slot);
    if (buffer === undefined) return;
    this.#countVerifying(buffer.length);
    const verifying = this.#verify(piece, slot, buffer, wantsDigests).finally(() => {
      this.#verifying.delete(verifying);
      this.#countVerifying(-buffer.length);
    });
    this.#verifying.add(verifying);
  }

  releasePiece(_piece: number, slot: Slot): void {
    this.#buffers.release(slot);
  }

  banPeer(peer: PeerHandle): void {
    const connection = this.#connections.get(peer);
    const banned = connection === undefined ? this.#departed.get(peer) : identityOf(connection);
    if (banned !== undefined) this.#events.onPeerBanned(banned);
  }

  closePeer(peer: PeerHandle, reason: CloseReason): void {
    const connection = this.#connections.get(peer);
    if (connection === undefined) return;
    // Closing calls back into the core, which may be in the middle of something.
    queueMicrotask(() => {
      if (reason === 'both-complete') void connection.end(reason);
      else connection.close(reason);
    });
  }

  completed(): void {
    this.#events.onComplete();
  }

  /** Bytes to be sent; what lies behind the end of the piece is zeros. */
  async #lend(piece: number, begin: number, length: number): Promise<LentBytes> {
    const stored = Math.max(0, this.#geometry.pieceSize(piece) - begin);
    if (length <= stored) return this.store.lend(piece, begin, length);
    const bytes = new Uint8Array(length);
    if (stored > 0) {
      const loan = await this.store.lend(piece, begin, stored);
      bytes.set(loan.bytes);
      loan.release();
    }
    return { bytes, release: () => undefined };
  }

  async #verify(piece: number, slot: Slot, buffer: Uint8Array, wantsDigests: boolean): Promise<void> {
    try {
      const outcome = await this.store.verifyAndWrite(piece, buffer);
      const isMismatch = outcome === 'mismatch';
      const digests = isMismatch || wantsDigests ? await this.store.digestBlocks(piece, buffer) : undefined;
      if (this.#isClosed) return;
      if (isMismatch) {
        this.core.pieceRejected(piece, digests ?? new Uint8Array());
        return;
      }
      this.core.pieceVerified(piece, digests);
      this.#events.onPieceVerified(piece, buffer.length);
    } catch (error) {
      this.#buffers.taint(slot);
      if (this.#isClosed) return;
      this.core.setPaused(true);
      this.core.pieceFailed(piece);
      this.#events.onStoreError(error);
    }
  }

  /** While most of the memory is waiting for the disk, sockets are not read. */
  #countVerifying(bytes: number): void {
    this.#verifyingBytes += bytes;
    const mark = this.#isDiskBehind ? DISK_LOW_WATER : DISK_HIGH_WATER;
    const isBehind = this.#verifyingBytes > mark * this.#environment.buffers.budget;
    if (isBehind === this.#isDiskBehind) return;
    this.#isDiskBehind = isBehind;
    for (const connection of this.#connections.values()) connection.setPausedByDisk(isBehind);
  }

  #onClosed(connection: PeerConnection, reason: string): void {
    const handle = connection.handle;
    if (handle === undefined) return;
    const { uploaded = 0, isComplete = false } = this.core.peerFigures(handle) ?? {};
    this.#connections.delete(handle);
    this.core.removePeer(handle);
    this.#hashServer.forget(handle);
    this.#departed.add(handle, identityOf(connection));
    this.#events.onPeerClosed(connection, { reason, uploaded, isComplete });
  }
}

function identityOf({ init, listenAddress }: PeerConnection): BannedPeer {
  return { peerId: init.peerId, address: listenAddress };
}
