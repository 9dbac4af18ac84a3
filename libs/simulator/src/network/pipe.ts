import type { BlockRange, PeerMessage } from '@shoal/protocol';
import type { PeerHandle } from '@shoal/swarm';
import type { EventQueue, TimedEvent } from '../event-queue.ts';
import { Fifo } from './fifo.ts';
import type { Link, LinkWaiter } from './link.ts';

/** A block under way. */
export interface SentBlock extends BlockRange {
  readonly type: 'block';
}

/** What travels on a connection. */
export type Parcel = PeerMessage | SentBlock;

/** Takes what arrives. */
export interface Receiver {
  receive(from: PeerHandle, parcel: Parcel): void;
  /** The other end has closed the connection of this pipe, which is the receiver's own. */
  onHangUp(pipe: Pipe): void;
}

/** Sends what a pipe holds. */
export interface Sender {
  /** The pipe may be able to go on. */
  resume(pipe: Pipe): void;
}

export interface PipeInit {
  readonly sender: Sender;
  readonly receiver: Receiver;
  /** What the sender calls the receiver, and the other way round. */
  readonly peer: PeerHandle;
  readonly self: PeerHandle;
  /** One way, in milliseconds. */
  readonly latency: number;
  /** Shared links on the way. */
  readonly links: readonly Link[];
}

/** One direction of a connection: a socket's send buffer, and the network behind it. Everything arrives in order. */
export class Pipe implements LinkWaiter {
  readonly init: PipeInit;
  /** What waits for the sender's uplink. */
  readonly queue = new Fifo<Parcel>();
  /** Payload bytes of the blocks in it. */
  queuedBytes = 0;
  /** Whether the uplink has it in its round. */
  isReady = false;
  /** Whether it waits for a shared link. */
  isWaiting = false;
  isClosed = false;
  /** The other direction. */
  reverse: Pipe | undefined;
  /** When the last message left, in milliseconds: those of one moment share a segment. */
  lastMessageAt = -1;
  readonly #clock: EventQueue;
  readonly #receiver: Receiver;
  readonly #self: PeerHandle;
  #lastArrival = 0;

  constructor(clock: EventQueue, init: PipeInit) {
    this.#clock = clock;
    this.#receiver = init.receiver;
    this.#self = init.self;
    this.init = init;
  }

  /** The parcel arrives at `time`, in milliseconds, unless others that left before are later. */
  arrive(time: number, parcel: Parcel): void {
    this.#lastArrival = Math.max(this.#lastArrival, time);
    this.#clock.at(this.#lastArrival, new Delivery(this, parcel));
  }

  /** Hands over what has arrived. What was under way when the connection closed is lost. */
  deliver(parcel: Parcel): void {
    if (!this.isClosed) this.#receiver.receive(this.#self, parcel);
  }

  /** A shared link that has no room; undefined when all have. */
  findFull(): Link | undefined {
    for (const link of this.init.links) if (!link.hasRoom()) return link;
    return undefined;
  }

  retry(): void {
    this.isWaiting = false;
    this.init.sender.resume(this);
  }
}

/** A parcel under way: an event of its own, so that a connection needs no list of what is in flight. */
class Delivery implements TimedEvent {
  readonly #pipe: Pipe;
  readonly #parcel: Parcel;

  constructor(pipe: Pipe, parcel: Parcel) {
    this.#pipe = pipe;
    this.#parcel = parcel;
  }

  fire(): void {
    this.#pipe.deliver(this.#parcel);
  }
}
