import { FIRST_REQUEST_TIMEOUT, MAX_REQUEST_TIMEOUT, MIN_REQUEST_TIMEOUT } from './constants.ts';

/** Weights of the latest sample in mean and deviation, and the deviations that a timeout allows (RFC 6298). */
const MEAN_WEIGHT = 1 / 8;
const DEVIATION_WEIGHT = 1 / 4;
const DEVIATIONS = 4;

/** How long a peer takes from request to block, time in its queue included, and how long is too long. Milliseconds. */
export class RoundTrip {
  #mean: number | undefined;
  #deviation = 0;

  add(sample: number): void {
    if (this.#mean === undefined) {
      this.#mean = sample;
      this.#deviation = sample / 2;
      return;
    }
    const error = sample - this.#mean;
    this.#mean += error * MEAN_WEIGHT;
    this.#deviation += (Math.abs(error) - this.#deviation) * DEVIATION_WEIGHT;
  }

  /** 0 before the first. */
  get mean(): number {
    return this.#mean ?? 0;
  }

  /** What a request may take before its block is asked of another peer. */
  get timeout(): number {
    if (this.#mean === undefined) return FIRST_REQUEST_TIMEOUT;
    const expected = this.#mean + DEVIATIONS * this.#deviation;
    return Math.min(MAX_REQUEST_TIMEOUT, Math.max(MIN_REQUEST_TIMEOUT, expected));
  }
}
