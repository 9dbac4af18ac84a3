import { BLOCK_SIZE } from '@shoal/protocol';
import { LIMITED_READ_TIME, READ_BUFFER_SIZE } from '../constants.ts';
import type { Lane } from './lane.ts';

/** What a {@link ReadPacer} tells its connection. */
export interface ReadPacerEvents {
  /** Most bytes to read at once from now on. */
  onReadSize(bytes: number): void;
  /** Stop reading, or go on. */
  onPaused(isPaused: boolean): void;
}

/**
 * Keeps one connection within its download limits: each read is paid for before the next, and when that cannot be, the
 * connection stops reading. TCP then slows the peer down.
 */
export class ReadPacer {
  readonly #lane: Lane;
  readonly #events: ReadPacerEvents;
  #readSize = READ_BUFFER_SIZE;
  /** Payload that may still be read; it was taken from the lane. */
  #credit = 0;
  #isPaused = false;

  /** @param createLane makes the connection's way through its download limits */
  constructor(createLane: (onReady: () => void) => Lane, events: ReadPacerEvents) {
    this.#lane = createLane(() => this.#continue());
    this.#events = events;
  }

  get lane(): Lane {
    return this.#lane;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Bytes were read, `payload` of them blocks. */
  onRead(payload: number): void {
    const { rate } = this.#lane;
    this.#setReadSize(rate);
    if (rate === undefined || payload === 0) return;
    this.#credit -= payload;
    if (this.#credit <= 0) this.#continue();
  }

  close(): void {
    this.#lane.giveBack(this.#credit);
    this.#lane.close();
  }

  #continue(): void {
    this.#lane.giveBack(this.#credit);
    this.#credit = this.#lane.take(this.#readSize, this.#readSize);
    const isPaused = this.#credit === 0;
    if (isPaused === this.#isPaused) return;
    this.#isPaused = isPaused;
    this.#events.onPaused(isPaused);
  }

  /** At a limit, reads are small, so that none takes much of a second's worth. */
  #setReadSize(rate: number | undefined): void {
    const size =
      rate === undefined
        ? READ_BUFFER_SIZE
        : Math.min(READ_BUFFER_SIZE, Math.max(BLOCK_SIZE, Math.floor((rate * LIMITED_READ_TIME) / 1_000)));
    if (size === this.#readSize) return;
    this.#readSize = size;
    this.#events.onReadSize(size);
  }
}
