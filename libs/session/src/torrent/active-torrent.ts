import type { Bitfield, BlockRange, Metainfo, PeerMessage, PieceLayout } from '@shoal/protocol';
import type {
  CloseReason,
  CoreSink,
  FirstCopyBoard,
  PeerFacts,
  PeerHandle,
  PieceGeometry,
  Slot,
  TorrentCore,
} from '@shoal/swarm';
import type { TrafficLedger } from '../accounts/traffic-ledger.ts';
import type { BannedPeer, PeerAddress } from '../api/peer.ts';
import { type BoardMemory, joinBoard } from '../loops/board-memory.ts';
import { createMetadataServer } from '../peer/extensions/metadata-server.ts';
import { PeerExchange } from '../peer/extensions/peer-exchange.ts';
import { UploadOnly } from '../peer/extensions/upload-only.ts';
import { WantedPieces } from '../peer/extensions/wanted-pieces.ts';
import type { BlockSource } from '../ports/block-source.ts';
import type { ContentStore } from '../ports/content-store.ts';
import type { TorrentLimiter } from '../rate/session-limiter.ts';
import { WebSeeds } from '../web-seed/web-seeds.ts';
import { BlockSources, type SourceFigures } from './block-sources.ts';
import { ConnectedPeers, type ConnectedPeersEvents } from './connected-peers.ts';
import { createCore, type CreateCoreInit } from './create-core.ts';
import { HashRanges } from './hash-ranges.ts';
import { HashServer } from './hash-server.ts';
import { createPaddedReader } from './padded-reads.ts';
import { PieceBuffers } from './piece-buffers.ts';
import { PieceVerification } from './piece-verification.ts';
import type { TorrentEnvironment } from './torrent-environment.ts';
import { toWireGeometry } from './wire-geometry.ts';

/** What an active torrent reports. */
export interface ActiveTorrentEvents extends ConnectedPeersEvents {
  onPieceVerified(piece: number, size: number): void;
  onComplete(): void;
  /** Peers have told us of others. */
  onPeersFound(addresses: readonly PeerAddress[]): void;
  /** A peer sent bad bytes. It may be gone already. */
  onPeerBanned(peer: BannedPeer): void;
}

export interface ActiveTorrentInit extends CreateCoreInit {
  readonly store: ContentStore;
  readonly limits: TorrentLimiter;
  readonly ledger: TrafficLedger;
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
  readonly #sources: BlockSources;
  readonly #verification: PieceVerification;
  readonly #webSeeds: WebSeeds;
  readonly #uploadOnly = new UploadOnly();
  readonly #wanted: WantedPieces;
  readonly #have: Bitfield;
  /** Undefined for private torrents (BEP 27). */
  readonly #exchange: PeerExchange | undefined;
  readonly #board: FirstCopyBoard | undefined;
  #isClosed = false;

  constructor(environment: TorrentEnvironment, init: ActiveTorrentInit, events: ActiveTorrentEvents) {
    const { metainfo, layout, store, have, limits, ledger } = init;
    this.metainfo = metainfo;
    this.layout = layout;
    this.store = store;
    this.#have = have;
    this.#environment = environment;
    this.#events = events;
    this.#geometry = toWireGeometry(layout, metainfo.format);
    this.#buffers = new PieceBuffers(environment.buffers.createShare(layout.pieceLength));
    this.#board = init.board && joinBoard(init.board, layout.pieceCount);
    const core = createCore(
      { environment, sink: this, geometry: this.#geometry, ledger, board: this.#board },
      init,
    );
    this.core = core;
    this.#sources = new BlockSources({ core });
    this.#verification = new PieceVerification(
      {
        core,
        store,
        buffers: this.#buffers,
        events: {
          onPieceVerified: (piece, size) => events.onPieceVerified(piece, size),
          onStoreError: (error) => events.onStoreError(error),
          onDiskBehind: (isBehind) => this.#sources.setPausedByDisk(isBehind),
        },
      },
      { memory: environment.buffers.budget },
    );
    const shared = {
      environment,
      core,
      layout,
      limits,
      ledger,
      bufferOf: (slot: Slot) => this.#buffers.get(slot),
      join: (source: BlockSource, facts: PeerFacts) => this.#sources.join(source, facts),
      leave: (source: BlockSource, handle: PeerHandle) => this.#sources.leave(source, handle),
    };
    this.#webSeeds = new WebSeeds(
      { ...shared, metainfo, onUseful: () => events.onUseful() },
      init.webSeeds ?? [],
    );
    this.#exchange = metainfo.private ? undefined : this.#createExchange();
    this.#wanted = new WantedPieces({ clock: environment.clock, core });
    this.peers = new ConnectedPeers(
      {
        ...shared,
        hashServer: this.#createHashServer(),
        extensions: [
          createMetadataServer(metainfo.infoBytes),
          this.#uploadOnly,
          this.#wanted,
          ...(this.#exchange ? [this.#exchange] : []),
        ],
        read: createPaddedReader(store, this.#geometry),
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
    this.#sources.tick(now);
    if (this.#isClosed) return;
    this.#webSeeds.tick(now, this.peers.downloadRate());
    this.#exchange?.tick(now);
    this.#wanted.tick(now);
  }

  figures(): SourceFigures {
    return this.#sources.figures();
  }

  /**
   * Takes leave of everyone, waits for pieces that are being written, closes the store and gives its memory back.
   * @param beforeStore called when nothing changes any more, the store being open still
   */
  async close(beforeStore: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.#verification.close(), this.#sources.endAll('torrent closed')]);
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
    this.#verification.start(piece, slot, wantsDigests);
  }

  releasePiece(_piece: number, slot: Slot): void {
    this.#buffers.release(slot);
  }

  banPeer(peer: PeerHandle): void {
    const banned = this.#sources.identityOf(peer);
    if (banned === undefined) return;
    if ('url' in banned) this.#webSeeds.ban(banned.url);
    else this.#events.onPeerBanned(banned);
  }

  closePeer(peer: PeerHandle, reason: CloseReason): void {
    this.#sources.close(peer, reason);
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

  #createHashServer(): HashServer {
    const { metainfo, store } = this;
    return new HashServer(
      {
        clock: this.#environment.clock,
        store,
        ranges: metainfo.format === 'v1' ? undefined : new HashRanges(metainfo),
        send: (peer, message) => this.send(peer, message),
      },
      { have: this.#have },
    );
  }
}
