import type { Clock } from '@shoal/swarm';
import type { Schedule } from '../system.ts';

/** A clock and its timers for tests: time passes only in {@link VirtualTimers.runUntil}. */
export class VirtualTimers implements Clock {
  #now = 0;
  #fired = 0;
  readonly #timers = new Set<{ readonly at: number; readonly callback: () => void }>();

  now(): number {
    return this.#now;
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Timers that have gone off. */
  get fired(): number {
    return this.#fired;
  }

  readonly schedule: Schedule = (callback, delayMs) => {
    const timer = { at: this.#now + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** Lets time pass up to `end` (milliseconds), timer by timer. */
  runUntil(end: number): void {
    for (;;) {
      const next = [...this.#timers].sort((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      this.#timers.delete(next);
      this.#now = next.at;
      this.#fired += 1;
      next.callback();
    }
    this.#now = end;
  }
}
