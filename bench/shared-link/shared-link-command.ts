import { parseArgs, type ParseArgsConfig } from 'node:util';
import { BenchError } from '../errors.ts';
import { type Cleanup, withCleanup } from '../harness/cleanup.ts';
import { clientVersion } from '../harness/clients.ts';
import { createContent } from '../harness/content.ts';
import { ownPrivileges, requireNamespaces } from '../network/privileges.ts';
import { markdownTable } from '../report/markdown.ts';
import { renderSpread, spread } from '../report/spread.ts';
import { type Contender, CONTENDERS } from './contenders.ts';
import { runSharedLink, type SharedLinkFigures, type SharedLinkRun } from './run-shared-link.ts';

const MIB = 1024 ** 2;
const PIECE_LENGTH = 256 * 1024;

const OPTIONS = {
  contenders: { type: 'string', default: CONTENDERS.map(({ name }) => name).join(',') },
  seeders: { type: 'string', default: '1' },
  loss: { type: 'string', default: '0' },
  rtt: { type: 'string', default: '20' },
  alone: { type: 'boolean', default: false },
  rate: { type: 'string', default: '50' },
  queue: { type: 'string', default: '100' },
  settle: { type: 'string', default: '5' },
  seconds: { type: 'string', default: '15' },
  reps: { type: 'string', default: '1' },
  scratch: { type: 'string', default: '/dev/shm' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const satisfies ParseArgsConfig['options'];

/** What a line about the benchmark says. */
export const SUMMARY = 'TCP and µTP over a slow, long or lossy link, and what they leave to another TCP flow';

const USAGE = `npm run bench -- shared-link [options]

${SUMMARY}.
Every host has a network namespace (root), the link between them is a process.

${CONTENDERS.map(({ name, summary }) => `  ${name.padEnd(16)}${summary}`).join('\n')}

Options; lists have commas, and everything is run with everything:
  --contenders LIST  of these (default: all)
  --seeders LIST     how many send (default ${OPTIONS.seeders.default})
  --loss LIST        packets lost, in per cent (default ${OPTIONS.loss.default})
  --rtt LIST         round-trip time of the empty link, in milliseconds (default ${OPTIONS.rtt.default})
  --alone            without the other flow
  --rate MBITS       what the link carries (default ${OPTIONS.rate.default})
  --queue MS         how long a packet may wait before the link (default ${OPTIONS.queue.default})
  --settle SECONDS   not measured at the beginning (default ${OPTIONS.settle.default})
  --seconds SECONDS  measured then (default ${OPTIONS.seconds.default})
  --reps N           runs of each (default ${OPTIONS.reps.default})
  --scratch DIR      where content is made and fetched to (default ${OPTIONS.scratch.default})
  --json             one JSON object instead of a table
`;

/** One run of it, as `--json` shows it. */
export interface SharedLinkResult {
  readonly run: SharedLinkRun;
  readonly figures: SharedLinkFigures;
}

/**
 * Runs `npm run bench -- shared-link`.
 * @param machine a line about the machine
 * @returns what is to be printed
 * @throws BenchError SHOAL_BENCH_ARGUMENT, SHOAL_BENCH_NEEDS_ROOT, and as {@link runSharedLink}
 */
export async function sharedLinkCommand(
  cleanup: Cleanup,
  args: readonly string[],
  machine: string,
  onProgress: (line: string) => void,
): Promise<string> {
  const values = parse(args);
  if (values.help) return USAGE;
  requireNamespaces('shared-link', ownPrivileges());
  const { runs, reps } = plan(values);
  const seconds = Math.max(...runs.map((run) => run.settle + run.seconds));
  const content = await createContent(cleanup, {
    parent: values.scratch,
    // Twice what the link can carry, so that no transfer ends.
    bytes: Math.ceil((2 * seconds * Number(values.rate) * 1e6) / 8 / MIB) * MIB,
    pieceLength: PIECE_LENGTH,
    copies: 1,
  });
  const results: SharedLinkResult[] = [];
  for (let rep = 1; rep <= reps; rep += 1) {
    for (const run of runs) {
      onProgress(`run ${results.length + 1} of ${reps * runs.length}: ${titleOf(run).join(', ')}`);
      const figures = await withCleanup(cleanup, (own) => {
        own.add(() => content.clear());
        return runSharedLink(own, content, `shoal${process.pid}`, run);
      });
      results.push({ run, figures });
    }
  }
  if (values.json) return `${JSON.stringify({ benchmark: 'shared-link', machine, results }, undefined, 2)}\n`;
  return `${[machine, table(runs, results)].join('\n\n')}\n`;
}

function table(runs: readonly SharedLinkRun[], results: readonly SharedLinkResult[]): string {
  const cell = (run: SharedLinkRun, digits: number, of: (figures: SharedLinkFigures) => number): string => {
    const values = spread(results.filter((result) => result.run === run).map(({ figures }) => of(figures)));
    return values === undefined ? '' : renderSpread(values, digits);
  };
  const titles = ['how', 'seeders', 'loss %', 'RTT ms', 'transfer Mbit/s', 'other flow Mbit/s', 'queue ms'];
  return markdownTable(
    [...titles, 'CPU s/GiB', 'machine busy %'],
    runs.map((run) => [
      ...titleOf(run),
      cell(run, 1, ({ transfer }) => transfer),
      run.hasOther ? cell(run, 1, ({ other }) => other) : '–',
      cell(run, 0, ({ queue }) => queue),
      cell(run, 1, ({ cpu }) => cpu),
      cell(run, 0, ({ busy }) => 100 * busy),
    ]),
  );
}

function titleOf({ contender, seeders, conditions: { loss, rtt } }: SharedLinkRun): string[] {
  return [contender.name, `${seeders}`, `${loss}`, `${rtt}`];
}

function plan(values: ReturnType<typeof parse>): { runs: SharedLinkRun[]; reps: number } {
  const number = (key: 'rate' | 'queue' | 'settle' | 'seconds' | 'reps'): number =>
    positive(key, values[key]);
  const list = (key: 'seeders' | 'loss' | 'rtt', least: number): number[] =>
    values[key].split(',').map((text) => positive(key, text, least));
  const shared = { settle: number('settle'), seconds: number('seconds'), hasOther: !values.alone };
  const link = { rate: number('rate'), queue: number('queue') };
  const contenders = values.contenders.split(',').map(contenderOf).filter(isInstalled);
  const runs = list('seeders', 1).flatMap((seeders) =>
    list('rtt', 0).flatMap((rtt) =>
      list('loss', 0).flatMap((loss) =>
        contenders.map((contender) => ({
          ...shared,
          contender,
          seeders,
          conditions: { ...link, rtt, loss },
        })),
      ),
    ),
  );
  return { runs, reps: Math.floor(number('reps')) };
}

function contenderOf(name: string): Contender {
  const found = CONTENDERS.find((contender) => contender.name === name);
  if (found === undefined) throw argumentError(`there is no contender ${JSON.stringify(name)}`);
  return found;
}

function isInstalled({ client }: Contender): boolean {
  return clientVersion(client) !== undefined;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw argumentError(error instanceof Error ? error.message : String(error));
  }
}

function positive(name: string, text: string, least = 1): number {
  const value = Number(text);
  if (!(value >= least)) throw argumentError(`--${name} takes a number from ${least}`);
  return value;
}

function argumentError(message: string): BenchError {
  const remedy = 'npm run bench -- shared-link --help shows what there is.';
  return new BenchError('SHOAL_BENCH_ARGUMENT', message, remedy);
}
