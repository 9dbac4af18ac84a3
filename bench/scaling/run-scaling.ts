import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cleanup, withCleanup } from '../harness/cleanup.ts';
import type { Axis } from './axis.ts';
import type { StepResult } from './growth.ts';
import { sinks, sources } from './peers.ts';
import { pieces } from './pieces.ts';
import { torrents } from './torrents.ts';
import { waiting } from './waiting.ts';

/** All axes, by the name that the command line has for them. */
export const AXES: Readonly<Record<string, Axis>> = { pieces, torrents, waiting, sources, sinks };

export interface ScalingOptions {
  /** Names of axes. */
  readonly axes: readonly string[];
  /** Steps beyond are left out. */
  readonly most: number;
  /** Longest time of a transfer, in milliseconds. */
  readonly limitMs: number;
  /** Directory for content and what is fetched. */
  readonly scratch: string;
}

/** What the steps of an axis came to. */
export interface AxisResult {
  readonly name: string;
  readonly steps: readonly StepResult[];
}

/**
 * Runs the steps of each axis, one after the other.
 * @param onProgress told what happens next
 * @throws BenchError when a step comes to nothing
 */
export async function runScaling(
  cleanup: Cleanup,
  { axes, most, limitMs, scratch }: ScalingOptions,
  onProgress: (line: string) => void,
): Promise<AxisResult[]> {
  const parent = await mkdtemp(join(scratch, 'shoal-bench-'));
  cleanup.add(() => rm(parent, { recursive: true, force: true }));
  const results: AxisResult[] = [];
  for (const name of axes) {
    const axis = AXES[name];
    if (axis === undefined) throw new TypeError(`there is no axis ${name}`); // refused by the command line
    const steps: StepResult[] = [];
    for (const count of axis.steps.filter((step) => step <= most)) {
      onProgress(`${name}: ${count}`);
      const directory = join(parent, `${name}-${count}`);
      const values = await withCleanup(cleanup, async (own) => {
        await mkdir(directory);
        own.add(() => rm(directory, { recursive: true, force: true }));
        return axis.run(count, { cleanup: own, directory, limitMs });
      });
      steps.push({ count, values });
    }
    results.push({ name, steps });
  }
  return results;
}
