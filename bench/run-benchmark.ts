import type { BenchCommand } from './options.ts';
import { BenchError } from './errors.ts';
import type { RunFigures } from './benchmarks/benchmark.ts';
import { type Cleanup, withCleanup } from './harness/cleanup.ts';
import { clientVersion, type Entrant, installHint } from './harness/clients.ts';
import { type Content, createContent } from './harness/content.ts';
import type { RunResult } from './report/summary.ts';

const MIB = 1024 ** 2;
const KIB = 1024;

/** What a benchmark came to. */
export interface BenchmarkResult {
  /** A line for each client that ran. */
  readonly versions: readonly string[];
  /** What was left out, and why. */
  readonly remarks: readonly string[];
  readonly runs: readonly RunResult[];
}

/**
 * Runs every entrant once a repetition, so that entrants meet the same machine; a run that fails is a result, too.
 * @param onProgress told what happens next
 * @throws BenchError when nothing can run here
 */
export async function runBenchmark(
  cleanup: Cleanup,
  command: BenchCommand,
  onProgress: (line: string) => void,
): Promise<BenchmarkResult> {
  const { benchmark, options, scratch } = command;
  benchmark.requirements();
  const { entrants, versions, remarks } = presentEntrants(command.entrants);
  onProgress(`making ${options.size} MiB of content in ${scratch}`);
  const content = await createContent(cleanup, {
    parent: scratch,
    bytes: options.size * MIB,
    pieceLength: options.piece * KIB,
    copies: options.leechers,
  });
  const runs: RunResult[] = [];
  for (let rep = 1; rep <= options.reps; rep += 1) {
    for (const entrant of entrants) {
      onProgress(`run ${rep} of ${options.reps}: ${entrant.name}`);
      runs.push(await runOnce(cleanup, command, content, entrant, rep));
    }
  }
  return { versions, remarks, runs };
}

async function runOnce(
  cleanup: Cleanup,
  { benchmark, options, shoalOptions }: BenchCommand,
  content: Content,
  entrant: Entrant,
  rep: number,
): Promise<RunResult> {
  // Namespaces are named after it: one of this process, and short.
  const name = `shoal${process.pid}`;
  try {
    const figures: RunFigures = await withCleanup(cleanup, async (own) => {
      own.add(() => content.clear());
      return benchmark.run({ options, content, entrant, shoalOptions, cleanup: own, name });
    });
    return { entrant: entrant.name, rep, figures };
  } catch (error) {
    if (cleanup.hasBegun || !(error instanceof BenchError)) throw error;
    return { entrant: entrant.name, rep, failure: error.message };
  }
}

/** Leaves out stock clients that are not installed. */
function presentEntrants(wanted: readonly Entrant[]) {
  const entrants: Entrant[] = [];
  const versions = new Set<string>();
  const remarks = new Set<string>();
  for (const entrant of wanted) {
    const version = clientVersion(entrant.client);
    if (version === undefined) {
      remarks.add(`${entrant.client} is not installed here: ${installHint(entrant.client)}`);
      continue;
    }
    versions.add(version);
    entrants.push(entrant);
  }
  return { entrants, versions: [...versions], remarks: [...remarks] };
}
