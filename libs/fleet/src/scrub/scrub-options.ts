import { join } from 'node:path';
import { defineOptions, type OptionValues } from '@shoal/service';
import { CHANGE_CHECK_INTERVAL_MS, SCRUB_INTERVAL_MS, SCRUB_RATE } from './constants.ts';
import type { ScrubberInit } from './scrubber.ts';

const MAX_INTERVAL_MS = 365 * 24 * 3_600_000;

/** Options of every swarm member that verifies what it has at rest. */
export const scrubOptions = defineOptions({
  scrubInterval: {
    type: 'duration',
    default: SCRUB_INTERVAL_MS,
    min: 0,
    max: MAX_INTERVAL_MS,
    description:
      'Time, give or take a tenth, after which an artifact at rest is read and verified again. 0s: only on demand.',
  },
  scrubCheckInterval: {
    type: 'duration',
    default: CHANGE_CHECK_INTERVAL_MS,
    min: 1_000,
    max: MAX_INTERVAL_MS,
    description:
      'Time between looks for artifact files that were changed through the file system; those are verified at once.',
  },
  scrubRate: {
    type: 'rate',
    default: SCRUB_RATE,
    min: 64 * 1024,
    description: 'Most that is read per second to verify artifacts at rest.',
  },
});

/** What of a member's directories a scrubber uses. */
export interface ScrubDirectories {
  readonly state: string;
  readonly repairs: string;
}

/** What {@link scrubOptions} give, as a scrubber takes it. */
export function scrubberInit(
  { scrubInterval, scrubCheckInterval, scrubRate }: OptionValues<typeof scrubOptions>,
  { state, repairs }: ScrubDirectories,
): ScrubberInit {
  return {
    statePath: join(state, 'scrub.json'),
    scratch: repairs,
    intervalMs: scrubInterval,
    checkIntervalMs: scrubCheckInterval,
    rate: scrubRate,
  };
}
