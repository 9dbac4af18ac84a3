import { LIMIT_BURST } from './constants.ts';

/**
 * Measures a flow of bytes against a rate. Bytes may pass while the bucket is open, and are taken from it when they do;
 * what exceeds its content becomes a debt that is paid before it opens again. So, within any second, no more passes than
 * a second's worth, LIMIT_BURST's worth that had been saved, and what the last transfer took beyond.
 *
 * It starts empty, so that there is no burst at the beginning either.
 */
export class TokenBucket {
  /** Bytes per millisecond. */
  #rate: number;
  /** Bytes; negative while in debt. */
  #level = 0;
  #updatedAt: number;

  /**
   * @param rate bytes per second, above 0
   * @param now milliseconds
   */
  constructor(rate: number, now: number) {
    this.#rate = rate / 1_000;
    this.#updatedAt = now;
  }

  /** Bytes per second. */
  get rate(): number {
    return this.#rate * 1_000;
  }

  /** Changes the rate, in bytes per second, from `now` on. A debt stays. */
  setRate(rate: number, now: number): void {
    this.#update(now);
    this.#rate = rate / 1_000;
  }

  /** Bytes that may pass; the bucket is open while there are any. */
  level(now: number): number {
    this.#update(now);
    return this.#level;
  }

  /** Bytes have passed, or will. A negative number gives back what was not used after all. */
  take(bytes: number, now: number): void {
    this.#update(now);
    this.#level -= bytes;
  }

  /** Milliseconds until the debt is paid. */
  opensIn(now: number): number {
    return Math.max(0, -this.level(now) / this.#rate);
  }

  #update(now: number): void {
    const filled = this.#level + (now - this.#updatedAt) * this.#rate;
    this.#level = Math.min(filled, LIMIT_BURST * this.#rate);
    this.#updatedAt = now;
  }
}
