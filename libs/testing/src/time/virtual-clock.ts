import type { Clock } from '@shoal/service';

interface Sleeper {
  readonly wakeAt: number;
  readonly resolve: () => void;
}

/** Rounds of the event loop after which whatever was awaited without time passing has run. */
const SETTLING_ROUNDS = 10;

/** A clock that moves only when told. */
export class VirtualClock implements Clock {
  #now = 1_000_000;
  readonly #sleepers = new Set<Sleeper>();

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#sleepers.delete(sleeper);
        reject(new DOMException('aborted', 'AbortError'));
      };
      const sleeper: Sleeper = {
        wakeAt: this.#now + ms,
        resolve: () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        },
      };
      if (signal?.aborted === true) {
        abort();
        return;
      }
      signal?.addEventListener('abort', abort, { once: true });
      this.#sleepers.add(sleeper);
    });
  }

  /** Lets `ms` milliseconds pass, waking sleepers in order and letting each run as far as it can. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.settled();
    for (let next = this.#nextUntil(end); next !== undefined; next = this.#nextUntil(end)) {
      this.#now = Math.max(this.#now, next.wakeAt);
      this.#sleepers.delete(next);
      next.resolve();
      await this.settled();
    }
    this.#now = end;
  }

  /** Resolves when everything that needs no time to pass has run. */
  async settled(): Promise<void> {
    for (let round = 0; round < SETTLING_ROUNDS; round += 1) {
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
  }

  #nextUntil(end: number): Sleeper | undefined {
    const due = [...this.#sleepers].filter(({ wakeAt }) => wakeAt <= end);
    return due.sort((a, b) => a.wakeAt - b.wakeAt)[0];
  }
}
