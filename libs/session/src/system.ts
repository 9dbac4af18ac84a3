import { randomInt } from 'node:crypto';
import type { Clock, Random } from '@shoal/swarm';

/** The machine's monotonic clock. */
export const systemClock: Clock = { now: () => performance.now() };

/** The machine's randomness. */
export const systemRandom: Random = { below: (bound) => randomInt(bound) };
