import type { BlockRange, HashRange, MessageHandler, PeerMessage } from '@shoal/protocol';
import type { PeerHandle, Slot, TorrentCore } from '@shoal/swarm';
import { NO_LOCATION } from '../accounts/source-class.ts';
import type { TrafficLedger } from '../accounts/traffic-ledger.ts';
import type { BannedPeer, PeerAddress, PeerClass, PeerSnapshot } from '../api/peer.ts';
import { WRITE_HIGH_WATER } from '../constants.ts';
import type { BlockSource } from '../ports/block-source.ts';
import type { PeerStream, TransportAddress } from '../ports/peer-transport.ts';
import type { TorrentLimiter } from '../rate/session-limiter.ts';
import type { SendBudget } from '../send-budget.ts';
import { BlockReceiver } from './block-receiver.ts';
import { type BlockReader, BlockSender } from './block-sender.ts';
import type { ExtensionType } from './extensions/extension.ts';
import type { LocalIdentity } from './local-identity.ts';
import { OwedHashes } from './owed-hashes.ts';
import type { PeerIdentity, PeerLink } from './peer-link.ts';
import { PeerTraffic } from './peer-traffic.ts';
import { PeerWire } from './peer-wire.ts';

/** What a connection tells the torrent it belongs to. */
export interface PeerConnectionEvents {
  /** A block was of use. */
  onUseful(): void;
  /** The buffer of a slot of the core. */
  bufferOf(slot: Slot): Uint8Array | undefined;
  onStoreError(error: unknown): void;
  /** The peer asks for hashes (BEP 52). */
  onHashRequest(handle: PeerHandle, range: HashRange): void;
  /** The connection is gone. `reason` is for the log. */
  onClosed(connection: PeerConnection, reason: string): void;
}

/** Collaborators of a {@link PeerConnection}. */
export interface PeerConnectionComponents {
  readonly stream: PeerStream;
  readonly core: TorrentCore;
  /** Reads what is to be sent. */
  readonly read: BlockReader;
  readonly budget: SendBudget;
  readonly limits: TorrentLimiter;
  readonly ledger: TrafficLedger;
  readonly extensions: readonly ExtensionType[];
  /** Who we are. */
  readonly identity: LocalIdentity;
  readonly events: PeerConnectionEvents;
}

export interface PeerConnectionInit extends PeerIdentity {
  readonly pieceCount: number;
  /** Whether the peer speaks the extension protocol (BEP 10). */
  readonly extensions: boolean;
  /** Clock milliseconds. */
  readonly now: number;
}

/** One peer of one torrent after the handshakes: carries messages and blocks between its wire and the core. */
export class PeerConnection implements BlockSource, PeerLink, MessageHandler {
  readonly init: PeerConnectionInit;
  readonly #core: TorrentCore;
  readonly #identity: LocalIdentity;
  readonly #events: PeerConnectionEvents;
  readonly #wire: PeerWire;
  readonly #sender: BlockSender;
  readonly #traffic: PeerTraffic;
  readonly #owedHashes = new OwedHashes();
  /** Set by {@link open}, as is the receiver. */
  #handle: PeerHandle | undefined;
  #receiver: BlockReceiver | undefined;
  #client = '';
  #wasUseful = false;
  #isPausedByDisk = false;
  #isPausedByBacklog = false;

  constructor(components: PeerConnectionComponents, init: PeerConnectionInit) {
    const { stream, read, budget, limits, ledger, extensions, events } = components;
    this.init = init;
    this.#core = components.core;
    this.#identity = components.identity;
    this.#events = events;
    this.#sender = new BlockSender({
      stream,
      read,
      budget,
      drain: (bytes) => this.#drain(bytes),
      onSent: (payload, headers) => this.#traffic.onSent(payload, headers),
      onError: (error) => {
        events.onStoreError(error);
        this.close('the store failed');
      },
    });
    this.#traffic = new PeerTraffic({
      limits,
      ledger,
      onUploadReady: this.#sender.pump,
      reading: {
        onReadSize: (bytes) => stream.setReadSize(bytes),
        onPaused: () => this.#updateReading(),
      },
    });
    this.#wire = new PeerWire(
      {
        stream,
        handler: this,
        extensions,
        handle: () => this.#handle,
        events: {
          onRead: (bytes) => this.#traffic.onRead(bytes),
          onSaid: (bytes) => {
            this.#traffic.onSaid(bytes);
            this.#checkBacklog();
          },
          onFlushed: () => this.#checkBacklog(),
          onClosed: (reason) => this.#onClosed(reason),
        },
      },
      init,
    );
  }

  /** What the core calls this peer; undefined before {@link open}. */
  get handle(): PeerHandle | undefined {
    return this.#handle;
  }

  /** Whether it has sent a block that was wanted. */
  get wasUseful(): boolean {
    return this.#wasUseful;
  }

  get peerClass(): PeerClass {
    return this.#traffic.peerClass;
  }

  get identity(): BannedPeer {
    return { peerId: this.init.peerId, address: this.listenAddress };
  }

  get remote(): TransportAddress {
    return this.#wire.remote;
  }

  get local(): TransportAddress {
    return this.#wire.local;
  }

  /** The address the peer can be dialled at, as far as it is known. */
  get listenAddress(): PeerAddress | undefined {
    return this.#wire.listenAddress;
  }

  /** Joins the core under `handle`, introduces us and starts to listen; `rest` are bytes that came already. */
  open(handle: PeerHandle, rest: Uint8Array): void {
    this.#handle = handle;
    this.#receiver = new BlockReceiver(
      {
        core: this.#core,
        bufferOf: (slot) => this.#events.bufferOf(slot),
        onReceived: (bytes) => this.#traffic.onBlock(bytes),
        onUseful: () => this.#events.onUseful(),
      },
      handle,
    );
    this.#traffic.onHandshakes();
    this.#core.greet(handle);
    if (this.init.extensions) this.#wire.introduce(this.#identity);
    this.#wire.listen(rest);
  }

  send(message: PeerMessage): void {
    if (message.type === 'hash-request') this.#owedHashes.ask();
    this.#wire.send(message);
  }

  /** The core has requests of the peer to be served. */
  onUploadsWaiting(): void {
    // Not from within the core's own call: draining calls back into it.
    queueMicrotask(this.#sender.pump);
  }

  /** Sends a block that the core has handed out while it was drained. */
  sendBlock(block: BlockRange): void {
    this.#sender.add(block);
  }

  /** What is still to come of the arriving block is discarded. */
  stopReceiving(): void {
    this.#receiver?.discard();
  }

  /** Stops or resumes reading while the disk is behind. */
  setPausedByDisk(isPaused: boolean): void {
    this.#isPausedByDisk = isPaused;
    this.#updateReading();
  }

  /** Keeps the connection alive, or closes it after too long a silence. */
  tick(now: number): void {
    const isPaused = this.#isPausedByDisk || this.#traffic.isPaused;
    if (isPaused && this.#handle !== undefined) this.#core.onReadingPaused(this.#handle);
    this.#wire.tick(now, isPaused);
  }

  close(reason: string): void {
    this.#wire.close(reason);
  }

  end(reason: string): Promise<void> {
    return this.#wire.end(reason);
  }

  snapshot(): PeerSnapshot | undefined {
    const figures = this.#handle === undefined ? undefined : this.#core.peerFigures(this.#handle);
    if (figures === undefined) return undefined;
    return {
      address: this.listenAddress ?? this.init.address,
      client: this.#client,
      peerClass: this.peerClass,
      incoming: this.init.incoming,
      encrypted: this.#wire.isEncrypted,
      complete: figures.isComplete,
      downloaded: figures.downloaded,
      uploaded: figures.uploaded,
    };
  }

  onMessage(message: PeerMessage): void {
    if (this.#handle === undefined) return;
    if (message.type === 'extended') this.#onExtended(this.#handle, message.extendedId, message.payload);
    else if (message.type === 'hash-request') this.#events.onHashRequest(this.#handle, rangeOf(message));
    else if (isHashAnswer(message) && !this.#owedHashes.settle()) this.close('hashes that nobody asked for');
    else this.#core.onMessage(this.#handle, message);
  }

  onBlockStart(piece: number, begin: number, length: number): void {
    this.#receiver?.start(piece, begin, length);
  }

  onBlockBytes(chunk: Uint8Array, start: number, end: number): void {
    this.#receiver?.add(chunk, start, end);
    this.#traffic.onBlockBytes(end - start);
  }

  onBlockEnd(): void {
    if (this.#receiver?.end() === true) this.#wasUseful = true;
  }

  #onClosed(reason: string): void {
    this.#sender.close();
    this.#traffic.close();
    this.#receiver?.discard();
    this.#events.onClosed(this, reason);
  }

  #onExtended(handle: PeerHandle, extendedId: number, payload: Uint8Array): void {
    const introduction = this.#wire.onExtended(extendedId, payload);
    if (introduction === undefined) return;
    const { client = '', requestQueue, shoalClass, shoalZone = '', shoalRack = '' } = introduction;
    this.#client = client;
    if (requestQueue !== undefined) this.#core.setRequestLimit(handle, requestQueue);
    if (this.#wire.isClosed || (shoalClass !== 'seeder' && shoalClass !== 'agent')) return;
    const { location = NO_LOCATION } = this.#identity;
    this.#traffic.setClass(shoalClass, { zone: shoalZone, rack: shoalRack }, location);
  }

  #drain(bytes: number): void {
    const handle = this.#handle;
    if (handle === undefined) return;
    const drained = this.#traffic.drain(bytes, (granted) => this.#core.drainUploads(handle, granted));
    if (drained > 0) this.#wire.onBlocksSent();
  }

  /** A peer that asks much and reads nothing is not listened to. */
  #checkBacklog(): void {
    const isPaused = this.#wire.bufferedBytes > WRITE_HIGH_WATER;
    if (isPaused === this.#isPausedByBacklog) return;
    this.#isPausedByBacklog = isPaused;
    this.#updateReading();
  }

  #updateReading(): void {
    this.#wire.setPaused(this.#isPausedByDisk || this.#isPausedByBacklog || this.#traffic.isPaused);
  }
}

function isHashAnswer({ type }: PeerMessage): boolean {
  return type === 'hashes' || type === 'hash-reject';
}

/** The range of a message, whose root is only good until the handler returns. */
function rangeOf({ piecesRoot, baseLayer, index, length, proofLayers }: HashRange): HashRange {
  return { piecesRoot: Uint8Array.from(piecesRoot), baseLayer, index, length, proofLayers };
}
