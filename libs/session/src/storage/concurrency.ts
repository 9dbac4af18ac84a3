/**
 * Runs `work` on every item, at most `limit` at a time, in order of start. After the first failure no more are
 * started; it is thrown when those under way have ended.
 */
export async function forEachLimited<T>(
  items: Iterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  let failed = false;
  const lane = async (): Promise<void> => {
    while (!failed) {
      const next = iterator.next();
      if (next.done === true) return;
      try {
        await work(next.value);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const results = await Promise.allSettled(Array.from({ length: limit }, lane));
  for (const result of results) {
    if (result.status === 'rejected') throw result.reason;
  }
}
