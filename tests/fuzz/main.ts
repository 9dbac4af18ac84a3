/** `npm run fuzz`: runs the targets for longer than the tests do, from another seed each time. */
import { parseArgs } from 'node:util';
import { describeFinding } from './engine/describe-finding.ts';
import type { FuzzTarget } from './engine/fuzz-target.ts';
import { runTarget } from './engine/run-target.ts';
import { createTargets } from './targets/targets.ts';

const SECOND = 1_000;
const DEFAULT_SECONDS = 60;

const USAGE = `npm run fuzz -- [options]

  --seconds <n>    how long, shared by the targets (default ${DEFAULT_SECONDS})
  --inputs <n>     how many inputs of each target, instead of a time
  --target <name>  one target; may be given several times
  --seed <n>       a run of before again; by default another one each time
  --record         record the corpus anew, with libtorrent and aria2
`;

interface FuzzOptions {
  readonly targets: readonly FuzzTarget[];
  readonly seed: number;
  /** For each target: asked with the number of inputs so far. */
  readonly limit: () => (inputs: number) => boolean;
}

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  try {
    const options = parseOptions(args);
    if (options === 'record') {
      const { recordCorpus } = await import('./record/record-corpus.ts');
      await recordCorpus();
      return 0;
    }
    return fuzz(options);
  } catch (error) {
    process.stderr.write(`${error instanceof TypeError ? `${error.message}\n\n${USAGE}` : String(error)}\n`);
    return 2;
  }
}

function parseOptions(args: string[]): FuzzOptions | 'record' {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: String(DEFAULT_SECONDS) },
      inputs: { type: 'string' },
      target: { type: 'string', multiple: true },
      seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
      record: { type: 'boolean', default: false },
    },
  });
  if (values.record) return 'record';
  const targets = chosenTargets(values.target);
  const inputs = values.inputs === undefined ? undefined : wholeNumber('inputs', values.inputs);
  const share = (wholeNumber('seconds', values.seconds) * SECOND) / targets.length;
  return {
    targets,
    seed: wholeNumber('seed', values.seed),
    limit() {
      if (inputs !== undefined) return (count) => count >= inputs;
      const end = performance.now() + share;
      return () => performance.now() >= end;
    },
  };
}

function chosenTargets(names: readonly string[] | undefined): FuzzTarget[] {
  const targets = createTargets();
  const all = targets.map(({ name }) => name);
  const unknown = names?.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new TypeError(`There is no target '${unknown}': ${all.join(', ')}`);
  return names === undefined ? targets : targets.filter(({ name }) => names.includes(name));
}

function wholeNumber(option: string, text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new TypeError(`--${option} takes a whole number, not '${text}'`);
}

/** Returns the exit code: 1 when a target does not stand its inputs. */
function fuzz({ targets, seed, limit }: FuzzOptions): number {
  process.stdout.write(`seed ${seed}\n`);
  let failed = 0;
  for (const target of targets) {
    const { inputs, finding } = runTarget(target, seed, limit());
    process.stdout.write(`${finding === undefined ? '✓' : '✗'} ${target.name}: ${inputs} inputs\n`);
    if (finding === undefined) continue;
    failed += 1;
    process.stdout.write(`${describeFinding(finding)}\n`);
  }
  return failed === 0 ? 0 : 1;
}
