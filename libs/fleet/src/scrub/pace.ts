import type { Clock } from '@shoal/service';
import { PACE_SLACK_MS } from './constants.ts';

/** Holds work back to a rate that all who share it have together. */
export class Pace {
  readonly #clock: Clock;
  readonly #rate: number;
  /** When all that was let through is paid for. */
  #paidAt = 0;

  /** @param rate bytes per second, above 0 */
  constructor(clock: Clock, rate: number) {
    this.#clock = clock;
    this.#rate = rate;
  }

  /**
   * Resolves when `bytes` may be read.
   * @throws an AbortError when `signal` fires before
   */
  async pass(bytes: number, signal: AbortSignal): Promise<void> {
    const now = this.#clock.now();
    const ahead = Math.max(0, this.#paidAt - now);
    this.#paidAt = now + ahead + (bytes * 1_000) / this.#rate;
    if (ahead > PACE_SLACK_MS) await this.#clock.sleep(ahead, signal);
    else signal.throwIfAborted();
  }
}
