import { MessagingError } from './errors.ts';

/**
 * Waits for `work` for at most `milliseconds`. What it does later, also its failure, is ignored.
 * @throws MessagingError SHOAL_BUS_UNAVAILABLE when the time is over; what `work` throws.
 */
export async function withDeadline<T>(work: Promise<T>, milliseconds: number, what: string): Promise<T> {
  const over = Promise.withResolvers<never>();
  const timer = setTimeout(
    () =>
      over.reject(new MessagingError('SHOAL_BUS_UNAVAILABLE', `${what} took more than ${milliseconds} ms`)),
    milliseconds,
  );
  try {
    return await Promise.race([work, over.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for `work`, successful or not, for at most `milliseconds`. */
export async function settled(work: Promise<unknown>, milliseconds: number): Promise<void> {
  const over = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => over.resolve(undefined), milliseconds);
  await Promise.race([work.catch(() => undefined), over.promise]);
  clearTimeout(timer);
}
