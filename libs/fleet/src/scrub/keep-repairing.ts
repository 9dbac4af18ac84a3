import { backoffMs, type Clock } from '@shoal/service';
import { pause, type UnitRandom } from '../pause.ts';
import { SCRUB_BACKOFF } from './constants.ts';

/**
 * Tries to repair until it is done.
 * @param attempt rejects when it failed for now
 * @throws the signal's reason
 */
export async function keepRepairing<T>(
  { clock, random }: { readonly clock: Clock; readonly random: UnitRandom },
  { onTrouble, signal }: { readonly onTrouble: (error: unknown) => void; readonly signal: AbortSignal },
  attempt: () => Promise<T>,
): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      onTrouble(error);
      await pause(clock, backoffMs(failures, { ...SCRUB_BACKOFF, random }), signal);
    }
  }
}
