import { RATE_TIME_CONSTANT } from './constants.ts';

/** Measures bytes per second, smoothed exponentially over about a second. */
export class RateMeter {
  #bytes = 0;
  #updatedAt: number;
  #rate = 0;
  #isFirst = true;

  /** @param now milliseconds */
  constructor(now: number) {
    this.#updatedAt = now;
  }

  /** Bytes per second as of the last {@link update}. */
  get rate(): number {
    return this.#rate;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
  }

  update(now: number): void {
    const elapsed = now - this.#updatedAt;
    if (elapsed <= 0) return;
    const latest = (this.#bytes * 1_000) / elapsed;
    // The first sample with bytes stands for itself, so that windows need not wait for the average to rise.
    const weight = this.#isFirst ? 1 : 1 - Math.exp(-elapsed / RATE_TIME_CONSTANT);
    if (this.#bytes > 0) this.#isFirst = false;
    this.#rate += (latest - this.#rate) * weight;
    this.#bytes = 0;
    this.#updatedAt = now;
  }
}
