import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../logging/logger.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

/** Something that runs from `start` to `stop`. `stop` may be called at any time, more than once. */
export interface Service {
  /** Resolves when the service does its work; rejects with a typed error when it cannot. */
  start(): Promise<void>;
  /** Resolves when everything it held is released. */
  stop(): Promise<void>;
}

/** Time as a service sees it. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Resolves after `ms` milliseconds; rejects with an `AbortError` when `signal` fires first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** What every service is given. */
export interface Components {
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  /** The system's clock unless given. */
  readonly clock?: Clock;
}

/** The system's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
};
