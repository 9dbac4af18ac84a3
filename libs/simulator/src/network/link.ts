import type { EventQueue, TimedEvent } from '../event-queue.ts';

/** Who waits for room in front of a link. */
export interface LinkWaiter {
  /** There may be room now. */
  retry(): void;
}

/**
 * What many connections share in one direction: a host's downlink, or the link between a zone and the others. Serves at
 * a fixed rate what is put in front of it. Its queue takes more until it is `buffer` milliseconds long; senders then wait,
 * as TCP would have them do.
 */
export class Link implements TimedEvent {
  readonly #queue: EventQueue;
  readonly #rate: number;
  readonly #buffer: number;
  #freeAt = 0;
  #waiters: LinkWaiter[] = [];
  #isTimed = false;

  /**
   * @param rate bytes per second
   * @param buffer milliseconds
   */
  constructor(queue: EventQueue, init: { readonly rate: number; readonly buffer: number }) {
    this.#queue = queue;
    this.#rate = init.rate;
    this.#buffer = init.buffer;
  }

  hasRoom(): boolean {
    return this.#freeAt - this.#queue.now() <= this.#buffer;
  }

  /** Puts bytes at the end of the queue; returns when the last of them has passed. */
  reserve(bytes: number): number {
    this.#freeAt = Math.max(this.#freeAt, this.#queue.now()) + (bytes * 1_000) / this.#rate;
    return this.#freeAt;
  }

  /** Has `waiter` try again, once, when there is room. */
  wait(waiter: LinkWaiter): void {
    this.#waiters.push(waiter);
    if (this.#isTimed) return;
    this.#isTimed = true;
    this.#queue.at(this.#freeAt - this.#buffer, this);
  }

  fire(): void {
    this.#isTimed = false;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.retry();
  }
}
