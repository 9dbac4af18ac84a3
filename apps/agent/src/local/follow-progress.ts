import type { TransferReport } from '@shoal/contracts';
import { pause } from '@shoal/fleet';
import type { Clock } from '@shoal/service';

/** What `progress` says, at each interval until `work` is over, however that ends. */
export async function* followProgress(
  clock: Clock,
  work: Promise<unknown>,
  progress: () => TransferReport | undefined,
  intervalMs: number,
): AsyncGenerator<TransferReport, void, undefined> {
  const over = new AbortController();
  const end = (): void => over.abort();
  work.then(end, end);
  while (!over.signal.aborted) {
    await pause(clock, intervalMs, over.signal);
    const current = progress();
    if (current !== undefined) yield current;
  }
}
