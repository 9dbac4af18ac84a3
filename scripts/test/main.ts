/**
 * `npm test`: checks the source, provides the real servers and clients that tests need, and runs the tests.
 * Ends with a line `N passed, N failed` and, when tests could not run here, `, N skipped`.
 */
import { randomUUID } from 'node:crypto';
import { provision } from '../provision/provision.ts';
import { removeContainers } from '../provision/containers.ts';
import { killAll } from '../run-command.ts';
import { lintChecks, typeChecks, type Check } from './checks.ts';
import { parseOptions, USAGE, type Stage, type TestOptions } from './options.ts';
import { add, NOTHING, summary, withoutSkips, type Tally } from './tally.ts';
import { runVitest } from './vitest-stage.ts';

const MINUTE = 60_000;

/** How long each project may take, in ms; far above what it takes, so that only a hang meets it. */
const TEST_STAGES: readonly { readonly stage: Stage; readonly deadline: number }[] = [
  { stage: 'unit', deadline: 6 * MINUTE },
  { stage: 'fuzz', deadline: 5 * MINUTE },
  { stage: 'contract', deadline: 5 * MINUTE },
  { stage: 'e2e', deadline: 8 * MINUTE },
  { stage: 'interop', deadline: 6 * MINUTE },
];

const RUN_ID = randomUUID();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    killAll();
    void removeContainers(RUN_ID).finally(() => process.exit(1));
  });
}

process.exitCode = await main();

async function main(): Promise<number> {
  let options: TestOptions | undefined;
  try {
    options = parseOptions(process.argv.slice(2), process.env);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
  if (options === undefined) {
    process.stdout.write(USAGE);
    return 0;
  }
  const all = await runStages(options);
  const result = options.requireAll ? withoutSkips(all) : all;
  if (options.requireAll && all.skipped > 0)
    say(`${all.skipped} tests could not run here: counted as failed`);
  say(`\n${summary(result)}`);
  return result.failed === 0 ? 0 : 1;
}

async function runStages({ stages, requireAll }: TestOptions): Promise<Tally> {
  const checks = [
    ...(stages.includes('lint') ? lintChecks : []),
    ...(stages.includes('typecheck') ? typeChecks : []),
  ];
  let tally = await runChecks(checks);
  const tests = TEST_STAGES.filter(({ stage }) => stages.includes(stage));
  if (tests.length === 0) return tally;
  const env: Record<string, string> = { ...(await provision(say)), SHOAL_TEST_RUN: RUN_ID };
  if (requireAll && env['SHOAL_TEST_MISSING']?.split(',').includes('docker') === true) {
    say('!! no Docker engine: the contract suites do not run through testcontainers');
    tally = add(tally, { ...NOTHING, failed: 1 });
  }
  try {
    for (const { stage, deadline } of tests) tally = add(tally, await runVitest(stage, env, deadline));
  } finally {
    await removeContainers(RUN_ID);
  }
  return tally;
}

/** Runs two checks at a time: type-aware lint keeps one core busy, all the others together the second. */
async function runChecks(checks: readonly Check[]): Promise<Tally> {
  const queue = [...checks];
  let tally = NOTHING;
  const worker = async (): Promise<void> => {
    for (let check = queue.shift(); check !== undefined; check = queue.shift()) {
      const begin = performance.now();
      const problem = await check.run().catch((error: unknown) => String(error));
      const ok = problem === undefined;
      say(`${ok ? '✓' : '✗'} ${check.name} (${((performance.now() - begin) / 1000).toFixed(1)} s)`);
      if (!ok) say(problem);
      tally = add(tally, { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 });
    }
  };
  await Promise.all([worker(), worker()]);
  return tally;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
