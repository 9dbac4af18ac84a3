import {
  BLOCK_SIZE,
  type BlockRange,
  HANDSHAKE_LENGTH,
  type HashRange,
  MessageParser,
  type MessageHandler,
  type PeerMessage,
} from '@shoal/protocol';
import type { PeerHandle, Slot, TorrentCore } from '@shoal/swarm';
import type { BannedPeer, PeerAddress, PeerClass, PeerSnapshot } from '../api.ts';
import { INACTIVITY_TIMEOUT, KEEP_ALIVE_INTERVAL, WRITE_HIGH_WATER } from '../constants.ts';
import type { SourceClass } from '../accounts/accounts.ts';
import { type Location, NO_LOCATION, sourceClassOf } from '../accounts/source-class.ts';
import type { TrafficLedger } from '../accounts/traffic-ledger.ts';
import type { BlockSource } from '../ports/block-source.ts';
import type { PeerStream, TransportAddress } from '../ports/peer-transport.ts';
import type { Lane } from '../rate/lane.ts';
import { ReadPacer } from '../rate/read-pacer.ts';
import type { TorrentLimiter } from '../rate/session-limiter.ts';
import type { SendBudget } from '../send-budget.ts';
import { BlockReceiver } from './block-receiver.ts';
import { type BlockReader, BlockSender } from './block-sender.ts';
import { ExtensionChannel } from './extensions/extension-channel.ts';
import type { ExtensionType } from './extensions/extension.ts';
import type { LocalIdentity } from './local-identity.ts';
import { Outbox } from './outbox.ts';
import { OwedHashes } from './owed-hashes.ts';

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

export interface PeerConnectionInit {
  readonly pieceCount: number;
  /** The peer's id, 20 bytes. */
  readonly peerId: Uint8Array;
  readonly incoming: boolean;
  /** The address that was dialled. */
  readonly address: PeerAddress;
  readonly fast: boolean;
  readonly extensions: boolean;
  readonly now: number;
}

/** One peer of one torrent after the handshakes: carries messages and blocks between its stream and the core. */
export class PeerConnection implements BlockSource, MessageHandler {
  readonly init: PeerConnectionInit;
  readonly #stream: PeerStream;
  readonly #core: TorrentCore;
  readonly #events: PeerConnectionEvents;
  readonly #parser: MessageParser;
  readonly #outbox: Outbox;
  readonly #extensions: ExtensionChannel;
  readonly #sender: BlockSender;
  readonly #limits: TorrentLimiter;
  readonly #ledger: TrafficLedger;
  readonly #upload: Lane;
  readonly #pacer: ReadPacer;
  /** Set by {@link open}, as is the receiver. */
  #handle: PeerHandle | undefined;
  #receiver: BlockReceiver | undefined;
  #peerClass: PeerClass = 'client';
  /** In whose books its bytes belong. */
  #sourceClass: SourceClass = 'client';
  /** Where we are. */
  #location = NO_LOCATION;
  readonly #owedHashes = new OwedHashes();
  #client = '';
  #listenPort: number | undefined;
  #lastHeardAt: number;
  #lastSaidAt: number;
  #wasUseful = false;
  #hasHeard = false;
  #hasSaid = false;
  /** Block bytes of the read that is being parsed. */
  #payload = 0;
  #isPausedByDisk = false;
  #isPausedByBacklog = false;
  #isClosed = false;

  constructor(
    components: {
      readonly stream: PeerStream;
      readonly core: TorrentCore;
      /** Reads what is to be sent. */
      readonly read: BlockReader;
      readonly budget: SendBudget;
      readonly limits: TorrentLimiter;
      readonly ledger: TrafficLedger;
      readonly extensions: readonly ExtensionType[];
      readonly events: PeerConnectionEvents;
    },
    init: PeerConnectionInit,
  ) {
    const { stream, read, budget, limits, ledger } = components;
    this.init = init;
    this.#stream = stream;
    this.#core = components.core;
    this.#events = components.events;
    this.#parser = new MessageParser(this, init.pieceCount);
    this.#outbox = new Outbox(stream, () => this.#checkBacklog());
    this.#extensions = new ExtensionChannel(
      {
        host: stream.remote.host,
        listenAddress: () => this.listenAddress,
        send: (message) => this.send(message),
        backlogBytes: () => stream.bufferedBytes + this.#outbox.pendingBytes,
        close: (reason) => this.close(reason),
      },
      components.extensions,
    );
    this.#sender = new BlockSender({
      stream,
      read,
      budget,
      drain: (bytes) => this.#drain(bytes),
      onSent: (payload, headers) => {
        ledger.sent(this.#sourceClass, payload);
        ledger.said(headers);
      },
      onError: (error) => {
        this.#events.onStoreError(error);
        this.close('the store failed');
      },
    });
    this.#limits = limits;
    this.#ledger = ledger;
    this.#upload = limits.createLane('upload', this.#sender.pump);
    this.#pacer = new ReadPacer((onReady) => limits.createLane('download', onReady), {
      onReadSize: (bytes) => stream.setReadSize(bytes),
      onPaused: () => this.#updateReading(),
    });
    this.#lastHeardAt = init.now;
    this.#lastSaidAt = init.now;
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
    return this.#peerClass;
  }

  get identity(): BannedPeer {
    return { peerId: this.init.peerId, address: this.listenAddress };
  }

  get remote(): TransportAddress {
    return this.#stream.remote;
  }

  get local(): TransportAddress {
    return this.#stream.local;
  }

  /** Joins the core under `handle`, introduces us and starts to listen; `rest` are bytes that came already. */
  open(handle: PeerHandle, identity: LocalIdentity, rest: Uint8Array): void {
    this.#handle = handle;
    this.#location = identity.location ?? NO_LOCATION;
    this.#receiver = new BlockReceiver(
      {
        core: this.#core,
        bufferOf: (slot) => this.#events.bufferOf(slot),
        onReceived: (bytes) => this.#ledger.received(this.#sourceClass, bytes),
        onUseful: () => this.#events.onUseful(),
      },
      handle,
    );
    this.#ledger.heard(HANDSHAKE_LENGTH);
    this.#ledger.said(HANDSHAKE_LENGTH);
    this.#core.greet(handle);
    if (this.init.extensions) this.#extensions.introduce(identity);
    this.#stream.attach({
      onBytes: (chunk) => this.#onBytes(chunk),
      onClose: (error) => this.close(error?.message ?? 'closed by the peer'),
    });
    // A stream delivers once it is attached, and the disk may be behind already.
    this.#updateReading();
    this.#onBytes(rest);
  }

  send(message: PeerMessage): void {
    if (this.#isClosed) return;
    this.#hasSaid = true;
    if (message.type === 'hash-request') this.#owedHashes.ask();
    this.#ledger.said(this.#outbox.send(message));
    this.#checkBacklog();
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
    const isPaused = this.#isPausedByDisk || this.#pacer.isPaused;
    if (this.#hasHeard || isPaused) this.#lastHeardAt = now;
    if (isPaused && this.#handle !== undefined) this.#core.onReadingPaused(this.#handle);
    if (this.#hasSaid) this.#lastSaidAt = now;
    this.#hasHeard = false;
    this.#hasSaid = false;
    if (now - this.#lastHeardAt > INACTIVITY_TIMEOUT) this.close('inactive');
    else if (now - this.#lastSaidAt > KEEP_ALIVE_INTERVAL) this.send({ type: 'keep-alive' });
  }

  /** Closes at once; what is not sent is lost. Idempotent. */
  close(reason: string): void {
    if (this.#isClosed) return;
    this.#stream.destroy();
    this.#leave(reason);
  }

  /** Closes after the peer got what was written, within a deadline; the promise tells when. Idempotent. */
  async end(reason: string): Promise<void> {
    if (this.#isClosed) return;
    this.#outbox.flush();
    const ended = this.#stream.end();
    this.#leave(reason);
    await ended;
  }

  /** The address the peer can be dialled at, as far as it is known. */
  get listenAddress(): PeerAddress | undefined {
    if (!this.init.incoming) return this.init.address;
    return this.#listenPort === undefined
      ? undefined
      : { host: this.init.address.host, port: this.#listenPort };
  }

  snapshot(): PeerSnapshot | undefined {
    const figures = this.#handle === undefined ? undefined : this.#core.peerFigures(this.#handle);
    if (figures === undefined) return undefined;
    return {
      address: this.listenAddress ?? this.init.address,
      client: this.#client,
      peerClass: this.#peerClass,
      incoming: this.init.incoming,
      encrypted: this.#stream.isEncrypted,
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
    this.#payload += end - start;
  }

  onBlockEnd(): void {
    if (this.#receiver?.end() === true) this.#wasUseful = true;
  }

  #leave(reason: string): void {
    this.#isClosed = true;
    this.#parser.stop();
    this.#sender.close();
    this.#upload.close();
    this.#pacer.close();
    this.#receiver?.discard();
    this.#extensions.onClose();
    this.#events.onClosed(this, reason);
  }

  #onBytes(chunk: Uint8Array): void {
    this.#hasHeard = true;
    try {
      this.#parser.push(chunk);
    } catch (error) {
      // A ProtocolError: the peer does not speak the protocol.
      this.close(error instanceof Error ? error.message : 'protocol error');
    }
    this.#ledger.heard(chunk.length - this.#payload);
    this.#pacer.onRead(this.#payload);
    this.#payload = 0;
  }

  #onExtended(handle: PeerHandle, extendedId: number, payload: Uint8Array): void {
    const handshake = this.#extensions.onMessage(extendedId, payload);
    if (handshake === undefined) return;
    const { client, port, requestQueue, shoalClass, shoalZone = '', shoalRack = '' } = handshake;
    this.#client = client ?? '';
    this.#listenPort = port;
    if (requestQueue !== undefined) this.#core.setRequestLimit(handle, requestQueue);
    const location = { zone: shoalZone, rack: shoalRack };
    if (shoalClass === 'seeder' || shoalClass === 'agent') this.#setClass(shoalClass, location);
  }

  #setClass(peerClass: PeerClass, location: Location): void {
    this.#peerClass = peerClass;
    this.#sourceClass = sourceClassOf(peerClass, location, this.#location);
    if (this.#isClosed) return;
    this.#upload.setPath(this.#limits.path('upload', peerClass));
    this.#pacer.lane.setPath(this.#limits.path('download', peerClass));
  }

  #drain(bytes: number): void {
    if (this.#handle === undefined) return;
    const granted = this.#upload.take(BLOCK_SIZE, bytes);
    if (granted === 0) return;
    const drained = this.#core.drainUploads(this.#handle, granted);
    this.#upload.giveBack(granted - drained);
    if (drained > 0) this.#hasSaid = true;
  }

  /** A peer that asks much and reads nothing is not listened to. */
  #checkBacklog(): void {
    const isPaused = this.#stream.bufferedBytes > WRITE_HIGH_WATER;
    if (isPaused === this.#isPausedByBacklog) return;
    this.#isPausedByBacklog = isPaused;
    this.#updateReading();
  }

  #updateReading(): void {
    if (this.#isClosed) return;
    if (this.#isPausedByDisk || this.#isPausedByBacklog || this.#pacer.isPaused) this.#stream.pause();
    else this.#stream.resume();
  }
}

function isHashAnswer({ type }: PeerMessage): boolean {
  return type === 'hashes' || type === 'hash-reject';
}

/** The range of a message, whose root is only good until the handler returns. */
function rangeOf({ piecesRoot, baseLayer, index, length, proofLayers }: HashRange): HashRange {
  return { piecesRoot: Uint8Array.from(piecesRoot), baseLayer, index, length, proofLayers };
}
