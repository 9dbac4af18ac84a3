/**
 * Waits for `promise`, but no longer than `ms` milliseconds; then gives what `onTimeout` gives, or raises what it raises.
 * The work behind the promise goes on; a later failure of it is dropped.
 */
export async function withDeadline<T, U>(
  promise: Promise<T>,
  ms: number,
  onTimeout: () => U,
): Promise<T | U> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<typeof TIMED_OUT>((resolve) => {
    timer = setTimeout(() => resolve(TIMED_OUT), ms);
  });
  try {
    const first = await Promise.race([promise, timeout]);
    if (first !== TIMED_OUT) return first;
    promise.catch(() => undefined);
    return onTimeout();
  } finally {
    clearTimeout(timer);
  }
}

const TIMED_OUT = Symbol('timed out');
