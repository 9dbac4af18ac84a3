import type { PeerMessage } from '@shoal/protocol';
import { SEGMENT_HEADERS } from '../constants.ts';
import type { EventQueue, TimedEvent } from '../event-queue.ts';
import { Fifo } from './fifo.ts';
import type { Pipe, SentBlock } from './pipe.ts';
import { blockWireSize, messageSize } from './wire-size.ts';

/** What an uplink tells its host. */
export interface UplinkEvents {
  /** A block has left the pipe's send buffer: there is room for more. */
  onBlockLeft(pipe: Pipe, length: number): void;
}

export interface UplinkInit {
  /** Bytes per second on the wire. */
  readonly rate: number;
  /** Longest queue in front of the link, in milliseconds. */
  readonly buffer: number;
  readonly pieceCount: number;
}

/**
 * A host's way out. Connections that have blocks to send take turns, block by block: TCP's fair shares. A message on a
 * connection without queued blocks leaves at once. A link that is busy has a queue in front of it that grows to `buffer`
 * and delays everything, as TCP fills whatever queue there is.
 */
export class Uplink implements TimedEvent {
  readonly #clock: EventQueue;
  readonly #events: UplinkEvents;
  readonly #init: UplinkInit;
  readonly #ready = new Fifo<Pipe>();
  #freeAt = 0;
  #busySince = 0;
  #isTimed = false;
  #busy = 0;

  constructor(clock: EventQueue, events: UplinkEvents, init: UplinkInit) {
    this.#clock = clock;
    this.#events = events;
    this.#init = init;
  }

  /** Milliseconds it has spent sending. */
  get busy(): number {
    return this.#busy;
  }

  /** Sends a message, behind the blocks that the same connection has queued. */
  sendMessage(pipe: Pipe, message: PeerMessage): void {
    // Messages wait behind blocks only, so that without a block in it the queue is empty.
    if (pipe.queuedBytes > 0) pipe.queue.push(message);
    else this.#dispatch(pipe, message);
  }

  /** Queues a block; {@link pump} sends it when it is its connection's turn. */
  queueBlock(pipe: Pipe, block: SentBlock): void {
    pipe.queue.push(block);
    pipe.queuedBytes += block.length;
    this.makeReady(pipe);
  }

  /** Gives a connection with something queued its turn. */
  makeReady(pipe: Pipe): void {
    if (pipe.isReady || pipe.isWaiting || pipe.isClosed || pipe.queue.length === 0) return;
    pipe.isReady = true;
    this.#ready.push(pipe);
  }

  /** Starts the next block if the link is free. */
  pump(): void {
    while (!this.#isTimed && this.#ready.length > 0) {
      const now = this.#clock.now();
      if (this.#freeAt > now) {
        this.#isTimed = true;
        this.#clock.at(this.#freeAt, this);
        return;
      }
      const pipe = this.#ready.shift();
      if (pipe === undefined) return;
      pipe.isReady = false;
      if (!pipe.isClosed) this.#serve(pipe);
    }
  }

  fire(): void {
    this.#isTimed = false;
    this.pump();
  }

  #serve(pipe: Pipe): void {
    const full = pipe.findFull();
    if (full !== undefined) {
      pipe.isWaiting = true;
      full.wait(pipe);
      return;
    }
    const parcel = pipe.queue.shift();
    if (parcel?.type === 'block') this.#sendBlock(pipe, parcel);
    else if (parcel !== undefined) this.#dispatch(pipe, parcel);
    this.#sendLeadingMessages(pipe);
    if (parcel?.type === 'block') this.#events.onBlockLeft(pipe, parcel.length);
    this.makeReady(pipe);
  }

  #sendBlock(pipe: Pipe, block: SentBlock): void {
    const bytes = blockWireSize(block.length);
    let passed = this.#occupy(bytes);
    for (const link of pipe.init.links) passed = Math.max(passed, link.reserve(bytes));
    pipe.queuedBytes -= block.length;
    pipe.arrive(passed + pipe.init.latency + this.#queueDelay(), block);
  }

  /** Messages that stand before the next block leave with this one. */
  #sendLeadingMessages(pipe: Pipe): void {
    for (
      let next = pipe.queue.peek();
      next !== undefined && next.type !== 'block';
      next = pipe.queue.peek()
    ) {
      pipe.queue.shift();
      this.#dispatch(pipe, next);
    }
  }

  #dispatch(pipe: Pipe, message: PeerMessage): void {
    const now = this.#clock.now();
    const bytes =
      messageSize(message, this.#init.pieceCount) + (pipe.lastMessageAt === now ? 0 : SEGMENT_HEADERS);
    pipe.lastMessageAt = now;
    for (const link of pipe.init.links) link.reserve(bytes);
    const isBusy = this.#freeAt > now;
    const sent = this.#occupy(bytes);
    // A small message goes between the segments of a block: it waits for the queue, not for the block.
    const left = isBusy ? now + this.#queueDelay() : sent;
    pipe.arrive(left + pipe.init.latency, message);
  }

  /** Takes the link's time for so many bytes; returns when they have passed. */
  #occupy(bytes: number): number {
    const now = this.#clock.now();
    if (this.#freeAt < now) {
      this.#freeAt = now;
      this.#busySince = now;
    }
    const time = (bytes * 1_000) / this.#init.rate;
    this.#busy += time;
    this.#freeAt += time;
    return this.#freeAt;
  }

  #queueDelay(): number {
    return Math.min(this.#init.buffer, this.#clock.now() - this.#busySince);
  }
}
