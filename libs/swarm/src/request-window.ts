import { BLOCK_SIZE } from '@shoal/protocol';
import {
  BATCHED_WINDOW,
  DEFAULT_REQUEST_LIMIT,
  INITIAL_WINDOW,
  MAX_WINDOW,
  MIN_REQUESTS,
  MIN_WINDOW,
  REQUEST_QUEUE_TIME,
} from './constants.ts';

/** Decides how many blocks to request ahead of one peer: what comes in two round trips and a little more, within its limit. */
export class RequestWindow {
  /** Blocks of BLOCK_SIZE in one of ours. */
  readonly #scale: number;
  /** In blocks of BLOCK_SIZE. */
  #limit = DEFAULT_REQUEST_LIMIT;
  #size = INITIAL_WINDOW;
  #shortestRoundTrip = Infinity;

  /** @param blockSize bytes asked for at once: the window covers as many bytes, whatever that is */
  constructor(blockSize: number) {
    this.#scale = blockSize / BLOCK_SIZE;
  }

  /** Blocks. */
  get size(): number {
    return this.#scale === 1 ? this.#size : Math.max(MIN_WINDOW, Math.floor(this.#size / this.#scale));
  }

  /**
   * How many blocks to ask for now, while so many are on their way; may be negative after the window has shrunk. None of a
   * large window until half of it has come: the other half is a round trip's worth still.
   */
  room(outstanding: number): number {
    const { size } = this;
    return size >= BATCHED_WINDOW && outstanding > size / 2 ? 0 : size - outstanding;
  }

  /** The peer's own limit (`reqq`). */
  setLimit(blocks: number): void {
    this.#limit = Math.max(1, blocks);
    this.#size = Math.min(this.#size, this.#limit);
  }

  /** A block came so many milliseconds after its request. The shortest time is the one that queues at. */
  onRoundTrip(milliseconds: number): void {
    if (milliseconds < this.#shortestRoundTrip) this.#shortestRoundTrip = milliseconds;
  }

  /**
   * Follows the rate, in bytes per second: what comes in two round trips and the time that may be queued. Both are short,
   * so that what is not under way can still be asked of a peer that has time; and while the window is what limits the
   * rate it doubles at every call, as slow start does.
   * @param beat milliseconds between the times that the peer sends, when it sends but then: its round trip
   */
  update(rate: number, beat: number): void {
    if (this.#shortestRoundTrip === Infinity) return;
    const roundTrip = Math.max(this.#shortestRoundTrip, beat);
    const product = (rate * (2 * roundTrip + REQUEST_QUEUE_TIME)) / 1_000 / BLOCK_SIZE;
    const wanted = Math.max(MIN_REQUESTS, Math.ceil(product));
    this.#size = Math.min(wanted, MAX_WINDOW, this.#limit);
  }
}
