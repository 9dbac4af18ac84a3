import type { Clock } from '@shoal/service';
import { pause } from './pause.ts';

/** What `progress` says, at each interval until `work` is over, however that ends. */
export async function* followProgress<T>(
  clock: Clock,
  work: Promise<unknown>,
  progress: () => T | undefined,
  intervalMs: number,
): AsyncGenerator<T, void, undefined> {
  const over = new AbortController();
  const end = (): void => over.abort();
  work.then(end, end);
  while (!over.signal.aborted) {
    await pause(clock, intervalMs, over.signal);
    const current = progress();
    if (current !== undefined) yield current;
  }
}
