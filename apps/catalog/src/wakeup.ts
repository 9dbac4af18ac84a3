/** Something that wakes whoever waits for it. A call while nobody waits is remembered, once. */
export interface Wakeup {
  wake(): void;
  /** Resolves at the next wake, after `ms` milliseconds, or when `signal` fires; at once when woken since the last wait. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

/** Makes a wake-up for one waiter. */
export function createWakeup(): Wakeup {
  let woken = false;
  let resume: (() => void) | undefined;
  return {
    wake() {
      woken = true;
      resume?.();
    },
    async wait(ms, signal) {
      if (!woken && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const done = (): void => {
            clearTimeout(timer);
            signal.removeEventListener('abort', done);
            resume = undefined;
            resolve();
          };
          const timer = setTimeout(done, ms);
          signal.addEventListener('abort', done, { once: true });
          resume = done;
        });
      }
      woken = false;
    },
  };
}
