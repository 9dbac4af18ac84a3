import { randomInt } from 'node:crypto';
import type { Clock, Random } from '@shoal/swarm';
import type { SessionLogger } from './api/session-logger.ts';

/** The machine's monotonic clock. */
export const systemClock: Clock = { now: () => performance.now() };

/** Runs `callback` once after `delayMs`, unless the returned function is called before. */
export type Schedule = (callback: () => void, delayMs: number) => () => void;

/** The machine's timers; they keep no process alive. */
export const systemSchedule: Schedule = (callback, delayMs) => {
  const timer = setTimeout(callback, delayMs).unref();
  return () => clearTimeout(timer);
};

/** Says nothing. */
export const silentLogger: SessionLogger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
};

/** The machine's randomness. */
export const systemRandom: Random = { below: (bound) => randomInt(bound) };
