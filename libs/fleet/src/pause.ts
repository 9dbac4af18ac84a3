import type { Clock } from '@shoal/service';

/** A number of [0, 1), as `Math.random` gives it. */
export type UnitRandom = () => number;

/** Waits `ms` milliseconds, or until `signal` fires; never rejects: background loops look at the signal next. */
export async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  await clock.sleep(ms, signal).catch(() => undefined);
}

/** `ms` give or take a tenth: keeps hosts that started together from asking together for ever. */
export function jittered(ms: number, random: UnitRandom): number {
  return ms * (0.9 + 0.2 * random());
}
