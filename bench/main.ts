/** `npm run bench`: see options.ts for the command line, docs/PERFORMANCE.md for what the figures mean. */
import { cpus, loadavg, release } from 'node:os';
import { BenchError } from './errors.ts';
import { Cleanup } from './harness/cleanup.ts';
import { type BenchCommand, parseCommand, USAGE } from './options.ts';
import { figuresTable, ratiosTable } from './report/markdown.ts';
import { pushCommand } from './push/push-command.ts';
import { compare, summarise } from './report/summary.ts';
import { scalingCommand } from './scaling/scaling-command.ts';
import { sharedLinkCommand } from './shared-link/shared-link-command.ts';
import { type BenchmarkResult, runBenchmark } from './run-benchmark.ts';

/** Benchmarks of Shoal alone, with options of their own. */
const OWN_COMMANDS: Readonly<Record<string, typeof scalingCommand>> = {
  scaling: scalingCommand,
  push: pushCommand,
};

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const cleanup = new Cleanup();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // Once: a second Ctrl-C ends this process at once. Contestants that are killed make the run fail, and so end.
    process.once(signal, () => {
      process.stderr.write('cleaning up …\n');
      void cleanup.run();
    });
  }
  try {
    const progress = (line: string): void => void process.stderr.write(`${line}\n`);
    const [first = '', ...rest] = args;
    const own = Object.hasOwn(OWN_COMMANDS, first) ? OWN_COMMANDS[first] : undefined;
    if (own !== undefined) {
      process.stdout.write(await own(cleanup, rest, describeMachine(), progress));
      return 0;
    }
    if (args[0] === 'shared-link') {
      process.stdout.write(await sharedLinkCommand(cleanup, args.slice(1), describeMachine(), progress));
      return 0;
    }
    const command = parseCommand(args);
    if (command === undefined) {
      process.stdout.write(USAGE);
      return 0;
    }
    const machine = describeMachine();
    const result = await runBenchmark(cleanup, command, progress);
    process.stdout.write(
      command.json ? renderJson(command, result, machine) : render(command, result, machine),
    );
    return result.runs.some(({ failure }) => failure !== undefined) ? EXIT_FAILED : 0;
  } catch (error) {
    if (cleanup.hasBegun) return EXIT_INTERRUPTED;
    if (!(error instanceof BenchError)) throw error;
    process.stderr.write(`error ${error.code}: ${error.message}\n  do  ${error.remedy}\n`);
    return error.code === 'SHOAL_BENCH_ARGUMENT' ? EXIT_USAGE : EXIT_FAILED;
  } finally {
    await cleanup.run();
  }
}

function describeMachine(): string {
  const [cpu] = cpus();
  const [load = 0] = loadavg();
  return `${cpus().length} × ${cpu?.model ?? 'unknown processor'}, Linux ${release()}, load average ${load.toFixed(2)} at the start`;
}

function renderJson(
  { name, options, benchmark }: BenchCommand,
  result: BenchmarkResult,
  machine: string,
): string {
  const { columns } = benchmark;
  const summaries = summarise(columns, result.runs);
  const ratios = compare(columns, result.runs, isOurs);
  return `${JSON.stringify({ benchmark: name, machine, options, ...result, summaries, ratios }, undefined, 2)}\n`;
}

function render(
  { name, options, benchmark }: BenchCommand,
  result: BenchmarkResult,
  machine: string,
): string {
  const { columns } = benchmark;
  const { size, piece, leechers, rate, reps } = options;
  const limited = rate > 0 ? `, R = ${rate} MiB/s each way` : '';
  const parts = [
    `${name}: ${size} MiB in pieces of ${piece} KiB, leechers: ${leechers}${limited}, runs: ${reps}; median (lowest–highest)`,
    `${machine}\n${result.versions.join('; ')}`,
    figuresTable(columns, summarise(columns, result.runs)),
    ratiosTable(columns, compare(columns, result.runs, isOurs)),
    remarks(result).join('\n'),
  ];
  return `${parts.filter((part) => part !== undefined && part !== '').join('\n\n')}\n`;
}

function remarks({ remarks, runs }: BenchmarkResult): string[] {
  const ofRuns = runs.flatMap(({ entrant, rep, figures, failure }) =>
    [...(figures?.remarks ?? []), ...(failure === undefined ? [] : [`failed: ${failure}`])].map(
      (remark) => `${entrant}, run ${rep}: ${remark}`,
    ),
  );
  return [...remarks, ...ofRuns];
}

function isOurs(entrant: string): boolean {
  return entrant.startsWith('shoal/');
}
