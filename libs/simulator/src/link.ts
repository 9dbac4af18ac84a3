import type { VirtualClock } from './virtual-clock.ts';

/** One direction of a host's access link: serves what is sent through it in order, at a fixed rate. */
export class Link {
  readonly #clock: VirtualClock;
  readonly #rate: number;
  #freeAt = 0;

  /** @param rate bytes per second */
  constructor(clock: VirtualClock, rate: number) {
    this.#clock = clock;
    this.#rate = rate;
  }

  /** Milliseconds until what was sent so far has passed. */
  get backlog(): number {
    return Math.max(0, this.#freeAt - this.#clock.now());
  }

  /** Calls `passed` when `bytes` have passed, after all that was sent before. */
  send(bytes: number, passed: () => void): void {
    this.#freeAt = Math.max(this.#freeAt, this.#clock.now()) + (bytes * 1_000) / this.#rate;
    this.#clock.after(this.#freeAt - this.#clock.now(), passed);
  }
}
