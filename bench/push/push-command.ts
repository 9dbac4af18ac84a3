import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { Column } from '../benchmarks/benchmark.ts';
import { BenchError } from '../errors.ts';
import type { Cleanup } from '../harness/cleanup.ts';
import { figuresTable, ratiosTable } from '../report/markdown.ts';
import { compare, summarise } from '../report/summary.ts';
import { type PushOptions, runPushes } from './run-pushes.ts';

const OPTIONS = {
  vias: { type: 'string', default: 'swarm,stream,relay' },
  format: { type: 'string', default: 'auto' },
  size: { type: 'string', default: '2048' },
  reps: { type: 'string', default: '1' },
  limit: { type: 'string', default: '600' },
  scratch: { type: 'string', default: '/dev/shm' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const satisfies ParseArgsConfig['options'];

/** What a line about the benchmark says. */
export const SUMMARY = 'one file pushed to one seeder: by swarm, in one stream, relayed by the catalog';

const USAGE = `npm run bench -- push [options]

${SUMMARY}.
The platform is one process (shoal up), new for each run; the file is hashed by the client first, whatever the way.

Options:
  --vias LIST       ways to push, separated by commas (default ${OPTIONS.vias.default})
  --format FORMAT   of the swarm: auto, v1, v2, hybrid (default ${OPTIONS.format.default})
  --size MIB        size of the file (default ${OPTIONS.size.default})
  --reps N          runs of each way (default ${OPTIONS.reps.default})
  --limit SECONDS   longest time of one push (default ${OPTIONS.limit.default})
  --scratch DIR     where the file is made and stored (default ${OPTIONS.scratch.default})
  --json            one JSON object instead of tables
`;

const COLUMNS: readonly Column[] = [
  { key: 'seconds', title: 'push, s', digits: 2, compare: true },
  { key: 'hashing', title: 'of it hashing, s', digits: 2 },
  { key: 'rate', title: 'sending MiB/s', digits: 0, compare: true },
  { key: 'clientCpu', title: 'client CPU s/GiB', digits: 2 },
  { key: 'platformCpu', title: 'platform CPU s/GiB', digits: 2 },
  { key: 'cpu', title: 'all CPU s/GiB', digits: 2, compare: true },
  { key: 'busy', title: 'machine busy %', digits: 0 },
];

/**
 * Runs `npm run bench -- push`.
 * @param machine a line about the machine
 * @returns what is to be printed
 * @throws BenchError SHOAL_BENCH_ARGUMENT, and as {@link runPushes}
 */
export async function pushCommand(
  cleanup: Cleanup,
  args: readonly string[],
  machine: string,
  onProgress: (line: string) => void,
): Promise<string> {
  const { values } = parse(args);
  if (values.help) return USAGE;
  const options: PushOptions = {
    vias: values.vias.split(','),
    format: values.format,
    megabytes: positive('size', values.size),
    reps: positive('reps', values.reps),
    limitMs: positive('limit', values.limit) * 1_000,
    scratch: values.scratch,
  };
  const runs = await runPushes(cleanup, options, onProgress);
  const summaries = summarise(COLUMNS, runs);
  const ratios = compare(COLUMNS, runs, (via) => via === 'swarm');
  if (values.json) {
    return `${JSON.stringify({ benchmark: 'push', machine, options, runs, summaries, ratios }, undefined, 2)}\n`;
  }
  const title = `push: ${options.megabytes} MiB, format ${options.format}, runs: ${options.reps}; median (lowest–highest)`;
  const tables = [figuresTable(COLUMNS, summaries), ratiosTable(COLUMNS, ratios) ?? ''];
  return `${[title, machine, ...tables].filter((part) => part !== '').join('\n\n')}\n`;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS });
  } catch (error) {
    throw argumentError(error instanceof Error ? error.message : String(error));
  }
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value >= 1)) throw argumentError(`--${name} takes a number from 1`);
  return value;
}

function argumentError(message: string): BenchError {
  return new BenchError('SHOAL_BENCH_ARGUMENT', message, 'npm run bench -- push --help shows what there is.');
}
