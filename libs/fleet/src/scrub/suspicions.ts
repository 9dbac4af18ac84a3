import type { Clock } from '@shoal/service';
import type { DigestHex } from '../swarms/swarm-record.ts';
import { SUSPICION_INTERVAL_MS } from './constants.ts';

/** Decides which suspicions of others are looked into: whoever lies makes a host read a tree once an hour at most. */
export class Suspicions {
  readonly #clock: Clock;
  /** When a tree was last looked at for this reason, in milliseconds; the latest come last. */
  readonly #takenAt = new Map<DigestHex, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether a tree that somebody suspects is to be read now. */
  take(digest: DigestHex): boolean {
    const now = this.#clock.now();
    for (const [taken, at] of this.#takenAt) {
      if (now - at < SUSPICION_INTERVAL_MS) break;
      this.#takenAt.delete(taken);
    }
    if (this.#takenAt.has(digest)) return false;
    this.#takenAt.set(digest, now);
    return true;
  }
}
