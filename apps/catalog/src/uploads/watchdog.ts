import { CatalogError } from '../errors.ts';

/** Fires when it was not fed for a while. */
export interface Watchdog {
  readonly signal: AbortSignal;
  /** Rejects when it fires: CatalogError SHOAL_UPLOAD_STALLED. */
  readonly stalled: Promise<never>;
  feed(): void;
  stop(): void;
}

/** Makes a watchdog that fires after `ms` milliseconds; each feeding puts it off by as much. */
export function createWatchdog(ms: number): Watchdog {
  const controller = new AbortController();
  const { promise: stalled, reject } = Promise.withResolvers<never>();
  stalled.catch(() => undefined);
  const timer = setTimeout(() => {
    reject(new CatalogError('SHOAL_UPLOAD_STALLED', `nothing moved for ${ms} ms`));
    controller.abort();
  }, ms);
  return {
    signal: controller.signal,
    stalled,
    feed: () => void timer.refresh(),
    stop: () => clearTimeout(timer),
  };
}
