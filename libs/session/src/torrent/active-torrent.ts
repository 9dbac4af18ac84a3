import type { Bitfield, BlockRange, Metainfo, PeerMessage, PieceLayout } from '@shoal/protocol';
import {
  type CloseReason,
  type CoreSink,
  createRarestFirstPicker,
  createSeederChoker,
  createSequentialPicker,
  createTitForTatChoker,
  createTorrentCore,
  type FirstCopyBoard,
  type PeerFacts,
  type PeerHandle,
  type PieceGeometry,
  type Slot,
  type TorrentCore,
} from '@shoal/swarm';
import type { TrafficLedger } from '../accounts/traffic-ledger.ts';
import type { BannedPeer, PeerAddress, PickOrder } from '../api.ts';
import { DISK_HIGH_WATER, DISK_LOW_WATER } from '../constants.ts';
import { type BoardMemory, joinBoard } from '../loops/board-memory.ts';
import { PeerExchange } from '../peer/extensions/peer-exchange.ts';
import { createMetadataServer } from '../peer/extensions/metadata-server.ts';
import { UploadOnly } from '../peer/extensions/upload-only.ts';
import type { BlockSource } from '../ports/block-source.ts';
import type { ContentStore, LentBytes } from '../ports/content-store.ts';
import type { TorrentLimiter } from '../rate/session-limiter.ts';
import { ConnectedPeers, type ConnectedPeersEvents } from './connected-peers.ts';
import { DepartedPeers } from './departed-peers.ts';
import { HashRanges } from './hash-ranges.ts';
import { HashServer } from './hash-server.ts';
import { PieceBuffers } from './piece-buffers.ts';
import { createPieceTrees } from './piece-trees.ts';
import type { TorrentEnvironment } from './torrent-environment.ts';
import { toWireGeometry } from './wire-geometry.ts';
import { WebSeeds } from '../web-seed/web-seeds.ts';

/** What an active torrent reports. */
export interface ActiveTorrentEvents extends ConnectedPeersEvents {
  onPieceVerified(piece: number, size: number): void;
  onComplete(): void;
  /** Peers have told us of others. */
  onPeersFound(addresses: readonly PeerAddress[]): void;
  /** A peer sent bad bytes. It may be gone already. */
  onPeerBanned(peer: BannedPeer): void;
}

/** Sums over the sources: payload bytes per second. */
export interface ActiveFigures {
  readonly downloadRate: number;
  readonly uploadRate: number;
}

/** The figures of a torrent that is not active. */
export const NO_FIGURES: ActiveFigures = { downloadRate: 0, uploadRate: 0 };

export interface ActiveTorrentInit {
  readonly metainfo: Metainfo;
  readonly layout: PieceLayout;
  readonly store: ContentStore;
  /** Kept and changed by the core. */
  readonly have: Bitfield;
  readonly limits: TorrentLimiter;
  readonly ledger: TrafficLedger;
  readonly pickOrder: PickOrder;
  /** By piece; undefined for the default. */
  readonly priorities: Uint8Array | undefined;
  /** Shared with other event loops that seed the torrent. */
  readonly board?: BoardMemory | undefined;
  /** As in AddTorrent. */
  readonly webSeeds?: readonly string[] | undefined;
}

/** A torrent with a core: carries out the core's actions on sources, buffers and the store. */
export class ActiveTorrent implements CoreSink {
  readonly metainfo: Metainfo;
  readonly layout: PieceLayout;
  readonly store: ContentStore;
  readonly core: TorrentCore;
  readonly peers: ConnectedPeers;
  readonly #environment: TorrentEnvironment;
  readonly #events: ActiveTorrentEvents;
  readonly #geometry: PieceGeometry;
  readonly #buffers: PieceBuffers;
  readonly #sources = new Map<PeerHandle, BlockSource>();
  readonly #verifying = new Set<Promise<void>>();
  readonly #webSeeds: WebSeeds;
  readonly #uploadOnly = new UploadOnly();
  readonly #have: Bitfield;
  /** Undefined for private torrents (BEP 27). */
  readonly #exchange: PeerExchange | undefined;
  readonly #departed = new DepartedPeers();
  readonly #board: FirstCopyBoard | undefined;
  #verifyingBytes = 0;
  #isDiskBehind = false;
  #isClosed = false;

  constructor(environment: TorrentEnvironment, init: ActiveTorrentInit, events: ActiveTorrentEvents) {
    const { clock, random } = environment;
    this.metainfo = init.metainfo;
    this.layout = init.layout;
    this.store = init.store;
    this.#have = init.have;
    this.#environment = environment;
    this.#events = events;
    this.#geometry = toWireGeometry(init.layout, init.metainfo.format);
    this.#buffers = new PieceBuffers(environment.buffers.createShare(init.layout.pieceLength));
    this.#board = init.board && joinBoard(init.board, init.layout.pieceCount);
    this.core = createTorrentCore(
      {
        clock,
        random,
        sink: this,
        picker:
          init.pickOrder === 'sequential' ? createSequentialPicker() : createRarestFirstPicker({ random }),
        chokers: { leeching: createTitForTatChoker({ random }), seeding: createSeederChoker() },
        waste: init.ledger.waste,
      },
      {
        geometry: this.#geometry,
        have: init.have,
        ...(init.priorities && { priorities: init.priorities }),
        firstCopies: environment.identity.peerClass === 'seeder',
        firstCopyBoard: this.#board,
        trees: createPieceTrees(init.metainfo, init.layout),
      },
    );
    const ranges = init.metainfo.format === 'v1' ? undefined : new HashRanges(init.metainfo);
    const hashServer = new HashServer(
      { clock, store: init.store, ranges, send: (peer, message) => this.send(peer, message) },
      { have: init.have },
    );
    const shared = {
      environment,
      core: this.core,
      layout: init.layout,
      limits: init.limits,
      ledger: init.ledger,
      bufferOf: (slot: Slot) => this.#buffers.get(slot),
      join: (source: BlockSource, facts: PeerFacts) => this.#join(source, facts),
      leave: (source: BlockSource, handle: PeerHandle) => this.#leave(source, handle),
    };
    this.#webSeeds = new WebSeeds(
      { ...shared, metainfo: init.metainfo, onUseful: () => events.onUseful() },
      init.webSeeds ?? [],
    );
    this.#exchange = init.metainfo.private ? undefined : this.#createExchange();
    this.peers = new ConnectedPeers(
      {
        ...shared,
        hashServer,
        extensions: [
          createMetadataServer(init.metainfo.infoBytes),
          this.#uploadOnly,
          ...(this.#exchange ? [this.#exchange] : []),
        ],
        read: (piece, begin, length) => this.#lend(piece, begin, length),
      },
      {
        ...events,
        onUseful: () => {
          this.#webSeeds.onPeerUseful();
          events.onUseful();
        },
      },
    );
  }

  tick(now: number): void {
    this.core.tick();
    this.#uploadOnly.set(this.core.isSatisfied && !this.#have.isComplete);
    for (const source of this.#sources.values()) source.tick(now);
    if (this.#isClosed) return;
    this.#webSeeds.tick(now, this.#peerRate());
    this.#exchange?.tick(now);
  }

  figures(): ActiveFigures {
    const sum = { downloadRate: 0, uploadRate: 0 };
    for (const handle of this.#sources.keys()) {
      const figures = this.core.peerFigures(handle);
      sum.downloadRate += figures?.downloadRate ?? 0;
      sum.uploadRate += figures?.uploadRate ?? 0;
    }
    return sum;
  }

  /**
   * Takes leave of everyone, waits for pieces that are being written, closes the store and gives its memory back.
   * @param beforeStore called when nothing changes any more, the store being open still
   */
  async close(beforeStore: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    this.#isClosed = true;
    const ending = [...this.#sources.values()].map((source) => source.end('torrent closed'));
    await Promise.all([...this.#verifying, ...ending]);
    this.core.abandon();
    this.#board?.leave();
    this.#buffers.releaseAll();
    await beforeStore();
    await this.store.close();
  }

  send(peer: PeerHandle, message: PeerMessage): void {
    this.#sources.get(peer)?.send(message);
  }

  uploadsWaiting(peer: PeerHandle): void {
    this.peers.get(peer)?.onUploadsWaiting();
  }

  sendBlock(peer: PeerHandle, block: BlockRange): void {
    this.peers.get(peer)?.sendBlock(block);
  }

  stopReceiving(peer: PeerHandle): void {
    this.#sources.get(peer)?.stopReceiving();
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
    const banned = this.#sources.get(peer)?.identity ?? this.#departed.get(peer);
    if (banned === undefined) return;
    if ('url' in banned) this.#webSeeds.ban(banned.url);
    else this.#events.onPeerBanned(banned);
  }

  closePeer(peer: PeerHandle, reason: CloseReason): void {
    const source = this.#sources.get(peer);
    if (source === undefined) return;
    // Closing calls back into the core, which may be in the middle of something.
    queueMicrotask(() => {
      if (reason === 'both-complete') void source.end(reason);
      else source.close(reason);
    });
  }

  completed(): void {
    this.#events.onComplete();
  }

  #createExchange(): PeerExchange {
    return new PeerExchange({
      clock: this.#environment.clock,
      peers: () => this.peers.tellable(),
      wantsSeeds: () => !this.core.isSatisfied,
      onFound: (addresses) => this.#events.onPeersFound(addresses),
    });
  }

  #join(source: BlockSource, facts: PeerFacts): PeerHandle {
    const handle = this.core.addPeer(facts);
    this.#sources.set(handle, source);
    if (this.#isDiskBehind) source.setPausedByDisk(true);
    return handle;
  }

  #leave(source: BlockSource, handle: PeerHandle): void {
    this.#sources.delete(handle);
    this.core.removePeer(handle);
    this.#departed.add(handle, source.identity);
  }

  /** What the peers of the swarm send together, in bytes per second. */
  #peerRate(): number {
    let rate = 0;
    for (const { handle } of this.peers.all()) {
      if (handle !== undefined) rate += this.core.peerFigures(handle)?.downloadRate ?? 0;
    }
    return rate;
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

  /** While most of the memory is waiting for the disk, sources deliver nothing. */
  #countVerifying(bytes: number): void {
    this.#verifyingBytes += bytes;
    const mark = this.#isDiskBehind ? DISK_LOW_WATER : DISK_HIGH_WATER;
    const isBehind = this.#verifyingBytes > mark * this.#environment.buffers.budget;
    if (isBehind === this.#isDiskBehind) return;
    this.#isDiskBehind = isBehind;
    for (const source of this.#sources.values()) source.setPausedByDisk(isBehind);
  }
}
