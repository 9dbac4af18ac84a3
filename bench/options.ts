import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { Benchmark, BenchmarkOptions } from './benchmarks/benchmark.ts';
import { churn } from './benchmarks/churn.ts';
import { fanOut } from './benchmarks/fan-out.ts';
import { oneToOne } from './benchmarks/one-to-one.ts';
import { seeder } from './benchmarks/seeder.ts';
import { BenchError } from './errors.ts';
import { SUMMARY as PUSH } from './push/push-command.ts';
import { SUMMARY as SCALING } from './scaling/scaling-command.ts';
import { SUMMARY as SHARED_LINK } from './shared-link/shared-link-command.ts';
import { type Entrant, parseEntrant } from './harness/clients.ts';

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  'one-to-one': oneToOne,
  'fan-out': fanOut,
  churn,
  seeder,
};

/** Memory, not a disk: the benchmarks measure clients. */
const DEFAULT_SCRATCH = '/dev/shm';

/** Leechers whose addresses fit into the benchmarks' network. */
const MAX_LEECHERS = 200;

const OPTIONS = {
  clients: { type: 'string' },
  size: { type: 'string' },
  piece: { type: 'string' },
  leechers: { type: 'string' },
  rate: { type: 'string' },
  reps: { type: 'string' },
  limit: { type: 'string' },
  scratch: { type: 'string', default: DEFAULT_SCRATCH },
  opt: { type: 'string', multiple: true },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const satisfies ParseArgsConfig['options'];

/** A benchmark as the command line asks for it. */
export interface BenchCommand {
  readonly name: string;
  readonly benchmark: Benchmark;
  readonly options: BenchmarkOptions;
  readonly entrants: readonly Entrant[];
  readonly shoalOptions: readonly string[];
  /** Directory for content and whatever clients write. */
  readonly scratch: string;
  readonly json: boolean;
}

/**
 * Reads the command line; undefined when it asks for help.
 * @throws BenchError SHOAL_BENCH_ARGUMENT
 */
export function parseCommand(args: readonly string[]): BenchCommand | undefined {
  const { values, positionals } = parse(args);
  const [name, ...more] = positionals;
  if (values.help || name === undefined) return undefined;
  const benchmark = Object.hasOwn(BENCHMARKS, name) ? BENCHMARKS[name] : undefined;
  if (benchmark === undefined || more.length > 0) {
    throw argumentError(`there is no benchmark ${JSON.stringify([name, ...more].join(' '))}`);
  }
  const { defaults } = benchmark;
  const number = (key: keyof typeof values & keyof BenchmarkOptions, min: number, max: number): number => {
    const text = values[key];
    if (text === undefined) return Number(defaults[key]);
    const value = Number(text);
    if (!(value >= min && value <= max)) throw argumentError(`--${key} takes a number from ${min} to ${max}`);
    return value;
  };
  const clients = values.clients?.split(',') ?? defaults.clients;
  return {
    name,
    benchmark,
    options: {
      clients,
      size: number('size', 1, 1_000_000),
      piece: wholeMultiple(number('piece', 16, 16_384)),
      leechers: Math.floor(number('leechers', 1, MAX_LEECHERS)),
      rate: defaults.rate === 0 ? 0 : number('rate', 0.01, 10_000),
      reps: Math.floor(number('reps', 1, 1_000)),
      limit: number('limit', 1, 86_400),
    },
    entrants: clients.map(parseEntrant),
    shoalOptions: values.opt ?? [],
    scratch: values.scratch,
    json: values.json,
  };
}

/** What `--help` shows. */
export const USAGE = `npm run bench -- BENCHMARK [options]

Runs Shoal beside stock clients, one after the other, and prints their figures and ratios.

${Object.entries(BENCHMARKS)
  .map(([name, { summary }]) => `  ${name.padEnd(12)}${summary}`)
  .join('\n')}
  ${'scaling'.padEnd(12)}${SCALING} (options of its own: scaling --help)
  ${'shared-link'.padEnd(12)}${SHARED_LINK} (options of its own: shared-link --help)
  ${'push'.padEnd(12)}${PUSH} (options of its own: push --help)

Options (each benchmark has defaults of its own):
  --clients LIST    of shoal/v2, shoal/v1, libtorrent/v1, libtorrent/v2, aria2/v1; a missing stock client is left out
  --size MIB        size of the content
  --piece KIB       piece length, a power of two from 16
  --leechers N      how many fetch at the same time
  --rate MIBS       what each host may send, and receive, in MiB a second on the wire (fan-out, churn)
  --reps N          runs of each client
  --limit SECONDS   longest time of one run
  --scratch DIR     where content is made and fetched to (default ${DEFAULT_SCRATCH})
  --opt KEY=VALUE   a setting of Shoal's contestant; may be repeated
  --json            one JSON object instead of tables
`;

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw argumentError(error instanceof Error ? error.message : String(error));
  }
}

function wholeMultiple(kibibytes: number): number {
  if (Number.isInteger(Math.log2(kibibytes))) return kibibytes;
  throw argumentError('--piece takes a power of two');
}

function argumentError(message: string): BenchError {
  return new BenchError('SHOAL_BENCH_ARGUMENT', message, 'npm run bench -- --help shows what there is.');
}
