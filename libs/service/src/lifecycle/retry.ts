import { systemClock, type Clock } from './service.ts';

export interface RetryInit {
  /** Tries in all, the first included. */
  readonly attempts: number;
  /** Delay before the second try, in milliseconds; doubles with each further one. */
  readonly baseMs: number;
  /** Longest delay, in milliseconds. */
  readonly maxMs: number;
  /** Numbers in [0, 1) that spread the delays. */
  readonly random: () => number;
  /** Whether another try may help; all failures are tried again unless given. */
  readonly retryable?: (error: unknown) => boolean;
  readonly clock?: Clock;
}

/**
 * Calls `fn` until it succeeds. Raises its last failure when the tries are used up, one cannot be helped by trying again,
 * or `signal` fires.
 */
export async function retry<T>(
  fn: (attempt: number) => Promise<T>,
  init: RetryInit,
  signal?: AbortSignal,
): Promise<T> {
  const { attempts, retryable = () => true, clock = systemClock } = init;
  for (let attempt = 1; ; attempt++) {
    try {
      return await fn(attempt);
    } catch (error) {
      if (attempt >= attempts || signal?.aborted === true || !retryable(error)) throw error;
      await clock.sleep(backoffMs(attempt, init), signal);
    }
  }
}

/**
 * Delay before the try after the `attempt`-th (from 1), in milliseconds: exponential, and spread over its upper half so
 * that hosts that failed together do not come back together.
 */
export function backoffMs(
  attempt: number,
  { baseMs, maxMs, random }: Pick<RetryInit, 'baseMs' | 'maxMs' | 'random'>,
): number {
  const full = Math.min(maxMs, baseMs * 2 ** Math.min(attempt - 1, 30));
  return full / 2 + (full / 2) * random();
}
