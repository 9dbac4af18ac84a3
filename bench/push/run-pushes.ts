import { mkdir, mkdtemp, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { BenchError } from '../errors.ts';
import { type Cleanup, withCleanup } from '../harness/cleanup.ts';
import { writeRandom } from '../harness/content.ts';
import { busyShare, childrenCpuSeconds, machineUsage, processUsage } from '../harness/process-usage.ts';
import type { RunResult } from '../report/summary.ts';
import { runShoal, startPlatform } from './platform-process.ts';

const MIB = 1024 ** 2;

export interface PushOptions {
  /** What `shoal push --via` takes. */
  readonly vias: readonly string[];
  /** What `shoal push --format` takes. */
  readonly format: string;
  /** Size of the file. */
  readonly megabytes: number;
  /** Runs of each way. */
  readonly reps: number;
  /** Longest time of one push, in milliseconds. */
  readonly limitMs: number;
  /** Directory for the file and for what the platform keeps. */
  readonly scratch: string;
}

/** What `shoal push --json` says. */
interface Pushed {
  readonly moved: number;
  readonly hashMillis: number;
  readonly sendMillis: number;
}

/**
 * Pushes the same file in each way once a repetition, each time to a platform that has nothing.
 * @param onProgress told what happens next
 * @throws BenchError when a push fails or there is too little room
 */
export async function runPushes(
  cleanup: Cleanup,
  options: PushOptions,
  onProgress: (line: string) => void,
): Promise<RunResult[]> {
  const { scratch, megabytes, vias, reps } = options;
  await requireSpace(scratch, 2 * megabytes * MIB);
  const parent = await mkdtemp(join(scratch, 'shoal-bench-'));
  cleanup.add(() => rm(parent, { recursive: true, force: true }));
  const tree = join(parent, 'tree');
  await mkdir(tree);
  await writeRandom(join(tree, 'content.bin'), megabytes * MIB);
  const runs: RunResult[] = [];
  for (let rep = 1; rep <= reps; rep += 1) {
    for (const via of vias) {
      onProgress(`run ${rep} of ${reps}: ${via}`);
      const directory = join(parent, `${via}-${rep}`);
      const values = await withCleanup(cleanup, async (own) => {
        own.add(() => rm(directory, { recursive: true, force: true }));
        return pushOnce(own, options, { via, tree, directory });
      });
      runs.push({ entrant: via, rep, figures: { values, remarks: [] } });
    }
  }
  return runs;
}

async function pushOnce(
  cleanup: Cleanup,
  { format, megabytes, limitMs }: PushOptions,
  { via, tree, directory }: { readonly via: string; readonly tree: string; readonly directory: string },
): Promise<Record<string, number>> {
  const platform = await startPlatform(cleanup, directory);
  const cpuOf = () => ({
    platform: processUsage(platform.pid)?.cpuSeconds ?? 0,
    client: childrenCpuSeconds(),
  });
  const before = cpuOf();
  const machineBefore = machineUsage();
  const start = performance.now();
  const target = ['--name', 'bench', '--version', '1', '--catalog', platform.catalog, '--json'];
  const output = await runShoal(['push', tree, ...target, '--via', via, '--format', format], limitMs);
  const seconds = (performance.now() - start) / 1_000;
  const busy = busyShare(machineBefore, machineUsage());
  const after = cpuOf();
  const { moved, hashMillis, sendMillis } = JSON.parse(output) as Pushed;
  if (moved !== megabytes * MIB) {
    throw new BenchError('SHOAL_BENCH_CONTESTANT', `${via}: ${moved} bytes were moved`, 'Run it once more.');
  }
  const gib = megabytes / 1024;
  const clientCpu = (after.client - before.client) / gib;
  const platformCpu = (after.platform - before.platform) / gib;
  return {
    seconds,
    hashing: hashMillis / 1_000,
    rate: (megabytes * 1_000) / sendMillis,
    clientCpu,
    platformCpu,
    cpu: clientCpu + platformCpu,
    busy: busy * 100,
  };
}

async function requireSpace(directory: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize > bytes) return;
  const remedy = 'Choose another directory with --scratch, or a smaller --size.';
  throw new BenchError('SHOAL_BENCH_SPACE', `${directory} has less than ${bytes / MIB} MiB left`, remedy);
}
