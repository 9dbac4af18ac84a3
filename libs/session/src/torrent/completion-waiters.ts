import type { WhenCompleteOptions } from '../api/torrent.ts';

interface Waiter {
  readonly noProgressMs: number;
  /** Milliseconds. */
  readonly since: number;
  readonly settle: (error?: Error) => void;
}

/** The callers of `whenComplete` of one torrent. */
export class CompletionWaiters {
  readonly #waiters = new Set<Waiter>();

  get size(): number {
    return this.#waiters.size;
  }

  /** Waits until {@link resolve}, {@link reject}, or the caller's own signal. */
  wait(options: WhenCompleteOptions, now: number): Promise<void> {
    const { signal, noProgressMs = Infinity } = options;
    return new Promise((resolve, reject) => {
      const onAbort = (): void =>
        waiter.settle(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
      const waiter: Waiter = {
        noProgressMs,
        since: now,
        settle: (error) => {
          this.#waiters.delete(waiter);
          signal?.removeEventListener('abort', onAbort);
          if (error === undefined) resolve();
          else reject(error);
        },
      };
      this.#waiters.add(waiter);
      signal?.addEventListener('abort', onAbort, { once: true });
      if (signal?.aborted === true) onAbort();
    });
  }

  resolve(): void {
    for (const waiter of this.#waiters) waiter.settle();
  }

  reject(error: Error): void {
    for (const waiter of this.#waiters) waiter.settle(error);
  }

  /** Rejects those who have waited longer than they want since the last progress. */
  checkProgress(lastProgressAt: number, now: number, createError: (idleMs: number) => Error): void {
    for (const waiter of this.#waiters) {
      const idleMs = now - Math.max(lastProgressAt, waiter.since);
      if (idleMs >= waiter.noProgressMs) waiter.settle(createError(idleMs));
    }
  }
}
