/** Fires when `touch` was not called for `ms` milliseconds. */
export interface Watchdog {
  readonly signal: AbortSignal;
  touch(): void;
  stop(): void;
}

/** Starts to watch at once. */
export function createWatchdog(ms: number): Watchdog {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ms);
  return { signal: controller.signal, touch: () => void timer.refresh(), stop: () => clearTimeout(timer) };
}
