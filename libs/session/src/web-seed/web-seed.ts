import type { BlockRange, Metainfo, PeerMessage, PieceLayout } from '@shoal/protocol';
import type { PeerHandle, Slot, TorrentCore } from '@shoal/swarm';
import type { Agent } from 'node:http';
import type { TrafficLedger } from '../accounts/traffic-ledger.ts';
import type { WebSeedIdentity } from '../api/peer.ts';
import { BlockReceiver } from '../peer/block-receiver.ts';
import type { BlockSource } from '../ports/block-source.ts';
import { ReadPacer } from '../rate/read-pacer.ts';
import type { TorrentLimiter } from '../rate/session-limiter.ts';
import { ORIGIN_REQUEST_LIMIT, ORIGIN_TIMEOUT } from './constants.ts';
import { fileUrl } from './file-url.ts';
import { partsOf, type RangePart, takeRun } from './range-plan.ts';
import { RangeRequest } from './range-request.ts';
import { RunWriter } from './run-writer.ts';
import { WebSeedError } from './web-seed-error.ts';

/** What a web seed needs of its torrent, and tells it. */
export interface WebSeedComponents {
  readonly core: TorrentCore;
  readonly metainfo: Metainfo;
  readonly layout: PieceLayout;
  readonly limits: TorrentLimiter;
  /** Connections to the origin. */
  readonly agent: Agent;
  /** The buffer of a slot of the core. */
  readonly bufferOf: (slot: Slot) => Uint8Array | undefined;
  readonly ledger: TrafficLedger;
  /** A block was of use. */
  readonly onUseful: () => void;
  /** It asks for nothing more; `error` when that is the origin's fault. */
  readonly onClosed: (seed: WebSeed, reason: string, error?: WebSeedError) => void;
}

/** The run of blocks that is being fetched. */
interface Run {
  readonly writer: RunWriter;
  /** What is to be fetched after what is arriving. */
  readonly parts: RangePart[];
}

/**
 * An HTTP server that has the files of a torrent (BEP 19), as the core's peer that has every piece. Blocks that the core
 * asks for and that follow one another are fetched together, one request at a time, straight into the piece buffers.
 */
export class WebSeed implements BlockSource {
  readonly identity: WebSeedIdentity;
  readonly #components: WebSeedComponents;
  readonly #pacer: ReadPacer;
  /** Blocks that were asked for and are in no run yet. */
  readonly #waiting: BlockRange[] = [];
  #handle: PeerHandle | undefined;
  #receiver: BlockReceiver | undefined;
  #run: Run | undefined;
  #request: RangeRequest | undefined;
  #isPausedByDisk = false;
  #hasHeard = false;
  #lastHeardAt = 0;
  #isClosed = false;

  constructor(components: WebSeedComponents, identity: WebSeedIdentity) {
    this.#components = components;
    this.identity = identity;
    const { limits } = components;
    this.#pacer = new ReadPacer((onReady) => limits.createLane('download', onReady), {
      // The sizes of reads are the HTTP client's: what is too much of one is made up for by the next.
      onReadSize: () => undefined,
      onPaused: () => this.#updateReading(),
    });
    this.#pacer.lane.setPath(limits.path('download', 'origin'));
  }

  /** What the core calls it; undefined before {@link open}. */
  get handle(): PeerHandle | undefined {
    return this.#handle;
  }

  /** Joins the core under `handle`, and says that it has everything. */
  open(handle: PeerHandle): void {
    const { core, bufferOf, ledger, onUseful } = this.#components;
    const onReceived = (bytes: number): void => ledger.received('origin', bytes);
    this.#handle = handle;
    this.#receiver = new BlockReceiver({ core, bufferOf, onReceived, onUseful }, handle);
    core.setRequestLimit(handle, ORIGIN_REQUEST_LIMIT);
    core.onMessage(handle, { type: 'have-all' });
    core.onMessage(handle, { type: 'unchoke' });
  }

  send(message: PeerMessage): void {
    if (this.#isClosed) return;
    if (message.type === 'cancel') this.#cancel(message);
    if (message.type !== 'request') return;
    const { piece, begin, length } = message;
    this.#waiting.push({ piece, begin, length });
    // The core goes on asking: what it asks for together is fetched together.
    if (this.#run === undefined) queueMicrotask(() => this.#goOn());
  }

  stopReceiving(): void {
    this.#receiver?.discard();
  }

  setPausedByDisk(isPaused: boolean): void {
    this.#isPausedByDisk = isPaused;
    this.#updateReading();
  }

  tick(now: number): void {
    const isWaiting = this.#request !== undefined && !this.#isPaused;
    if (this.#hasHeard || !isWaiting) this.#lastHeardAt = now;
    if (this.#isPaused && this.#handle !== undefined) this.#components.core.onReadingPaused(this.#handle);
    this.#hasHeard = false;
    if (now - this.#lastHeardAt <= ORIGIN_TIMEOUT) return;
    this.#fail(new WebSeedError('SHOAL_WEB_SEED_UNREACHABLE', `silent for ${ORIGIN_TIMEOUT} ms`));
  }

  close(reason: string): void {
    this.#leave(reason);
  }

  end(reason: string): Promise<void> {
    this.#leave(reason);
    return Promise.resolve();
  }

  get #isPaused(): boolean {
    return this.#isPausedByDisk || this.#pacer.isPaused;
  }

  #cancel({ piece, begin }: BlockRange): void {
    const index = this.#waiting.findIndex((block) => block.piece === piece && block.begin === begin);
    if (index >= 0) this.#waiting.splice(index, 1);
    else this.#run?.writer.cancel(piece, begin);
  }

  /** Fetches the next part, of this run or the next, unless one is being fetched or nothing may be. */
  #goOn(): void {
    const receiver = this.#receiver;
    while (!this.#isClosed && !this.#isPaused && this.#request === undefined && receiver !== undefined) {
      const part = this.#run?.parts.shift();
      if (part?.kind === 'file') this.#fetch(part);
      else if (part?.kind === 'padding') this.#run?.writer.add(new Uint8Array(part.length));
      else if (this.#waiting.length === 0) {
        this.#run = undefined;
        return;
      } else this.#startRun(receiver);
    }
  }

  #startRun(receiver: BlockReceiver): void {
    const run = takeRun(this.#waiting);
    const parts = partsOf(run, this.#components.layout);
    this.#run = { writer: new RunWriter(run, receiver, (bytes) => this.#onDropped(bytes)), parts };
  }

  #fetch({ fileIndex, offset, length }: RangePart & { readonly kind: 'file' }): void {
    const { metainfo, agent } = this.#components;
    const file = metainfo.files.at(fileIndex);
    if (file === undefined) throw new RangeError(`file ${fileIndex}`);
    const url = fileUrl(this.identity.url, metainfo, file.path);
    const range = { offset, length, fileLength: file.length };
    this.#hasHeard = true;
    this.#request = new RangeRequest(agent, url, range, {
      onBytes: (chunk) => this.#onBytes(chunk),
      onEnd: () => {
        this.#request = undefined;
        this.#goOn();
      },
      onError: (error) => this.#fail(error),
    });
  }

  /** It sent a block that nobody wanted any more. */
  #onDropped(bytes: number): void {
    const { ledger } = this.#components;
    ledger.received('origin', bytes);
    ledger.waste.add('unwanted', bytes);
  }

  #onBytes(chunk: Uint8Array): void {
    this.#hasHeard = true;
    this.#run?.writer.add(chunk);
    if (!this.#isClosed) this.#pacer.onRead(chunk.length);
  }

  #updateReading(): void {
    this.#request?.setPaused(this.#isPaused);
    // Not from within the core's own call.
    if (!this.#isPaused) queueMicrotask(() => this.#goOn());
  }

  #fail(error: WebSeedError): void {
    this.#leave(error.message, error);
  }

  #leave(reason: string, error?: WebSeedError): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#request?.abort();
    this.#pacer.close();
    this.#receiver?.discard();
    this.#components.onClosed(this, reason, error);
  }
}
