import { parseArgs, type ParseArgsConfig } from 'node:util';
import { BenchError } from '../errors.ts';
import { type Cleanup } from '../harness/cleanup.ts';
import { markdownTable } from '../report/markdown.ts';
import { axisTable } from './growth.ts';
import { AXES, type AxisResult, runScaling, type ScalingOptions } from './run-scaling.ts';

const OPTIONS = {
  axes: { type: 'string', default: Object.keys(AXES).join(',') },
  most: { type: 'string', default: '100000' },
  limit: { type: 'string', default: '300' },
  scratch: { type: 'string', default: '/dev/shm' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const satisfies ParseArgsConfig['options'];

/** What a line about the benchmark says. */
export const SUMMARY = 'Shoal alone, with more and more pieces, torrents and peers: what each of them costs';

const USAGE = `npm run bench -- scaling [options]

${SUMMARY}. "× linear" tells how much more a figure
has grown than the work since the step before: 1 is linear, less is better.

${Object.entries(AXES)
  .map(([name, { summary }]) => `  ${name.padEnd(12)}${summary}`)
  .join('\n')}

Options:
  --axes LIST       of these, separated by commas (default: all)
  --most N          leave out steps beyond
  --limit SECONDS   longest time of one transfer (default ${OPTIONS.limit.default})
  --scratch DIR     where content is made and fetched to (default ${OPTIONS.scratch.default})
  --json            one JSON object instead of tables
`;

/**
 * Runs `npm run bench -- scaling`.
 * @param machine a line about the machine
 * @returns what is to be printed
 * @throws BenchError SHOAL_BENCH_ARGUMENT, and as {@link runScaling}
 */
export async function scalingCommand(
  cleanup: Cleanup,
  args: readonly string[],
  machine: string,
  onProgress: (line: string) => void,
): Promise<string> {
  const { values } = parse(args);
  if (values.help) return USAGE;
  const options: ScalingOptions = {
    axes: values.axes.split(','),
    most: positive('most', values.most),
    limitMs: positive('limit', values.limit) * 1_000,
    scratch: values.scratch,
  };
  const unknown = options.axes.find((name) => !Object.hasOwn(AXES, name));
  if (unknown !== undefined) throw argumentError(`there is no axis ${JSON.stringify(unknown)}`);
  const results = await runScaling(cleanup, options, onProgress);
  if (values.json) return `${JSON.stringify({ benchmark: 'scaling', machine, results }, undefined, 2)}\n`;
  return `${[machine, ...results.map(render)].join('\n\n')}\n`;
}

function render({ name, steps }: AxisResult): string {
  const axis = AXES[name];
  if (axis === undefined) return '';
  const [titles = [], ...rows] = axisTable(axis, steps);
  return `${name}: ${axis.summary}\n\n${markdownTable(titles, rows)}`;
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
  return new BenchError(
    'SHOAL_BENCH_ARGUMENT',
    message,
    'npm run bench -- scaling --help shows what there is.',
  );
}
