import { writeFile } from 'node:fs/promises';
import { defineOptions } from '@shoal/service';
import { drawTimeline, parseScenario, POLICY_NAMES, type SwarmScenario } from '@shoal/simulator';
import type { CommandSpec } from '../command-line/command.ts';
import { ExitCode } from '../exit-codes.ts';
import { fileError } from '../files/read-input.ts';
import { variantsOf } from '../simulate/comparison.ts';
import { loadScenario } from '../simulate/load-scenario.ts';
import { boundLines, describeScenario, resultJson, resultLines, type Run } from '../simulate/result-view.ts';
import { runScenario } from '../simulate/run-scenario.ts';

const options = defineOptions({
  seed: { type: 'integer', max: 0xffff_ffff, description: 'Instead of the seed of the scenario.' },
  seeds: {
    type: 'integer',
    default: 1,
    min: 1,
    max: 100,
    description: 'Run with so many seeds, one after the other, and print the means.',
  },
  set: {
    type: 'labels',
    default: {},
    description: 'Fields of the scenario to change, as in leechers=32,graph.degree=20. May be repeated.',
  },
  compare: {
    type: 'string',
    description:
      'Run once for each value of a field, as in choker=tit-for-tat,least-debt, and print one table.',
  },
  svg: {
    type: 'path',
    description: 'Write a picture of the run over time. With --compare: of the last one.',
  },
  json: { type: 'boolean', default: false, description: 'Print JSON on standard output.' },
});

export const simulateCommand: CommandSpec<typeof options> = {
  name: 'simulate',
  description:
    'Runs the swarm engine with many hosts on a virtual clock and network. The same scenario and seed give the same ' +
    `result. Policies: ${Object.entries(POLICY_NAMES)
      .map(([kind, names]) => `${kind} ${names.join(', ')}`)
      .join('; ')}.`,
  arguments: [{ name: '<scenario>', description: 'a YAML or JSON file: see libs/simulator/scenarios' }],
  examples: [
    { command: 'shoal simulate libs/simulator/scenarios/fan-out.yaml', does: '16 hosts behind slow links' },
    {
      command: 'shoal simulate libs/simulator/scenarios/fan-out.yaml --set leechers=32 --svg run.svg',
      does: 'twice as many, and a picture',
    },
    {
      command: 'shoal simulate libs/simulator/scenarios/fan-out.yaml --compare uploadSlots=2,4,8 --seeds 3',
      does: 'which number of slots is best, over three seeds',
    },
  ],
  options,
  async run({ args: [path = ''], options: given, environment: { terminal, interrupted: signal } }) {
    const seed = given.seed === undefined ? {} : { seed: String(given.seed) };
    const loaded = await loadScenario(path, { ...given.set, ...seed });
    const variants = variantsOf(loaded, given.compare).map(({ label, scenario }) => ({
      label,
      scenario: parseScenario(scenario),
    }));
    const runs: Run[] = [];
    for (const { label, scenario } of variants.flatMap((variant) => seededRuns(variant, given.seeds))) {
      runs.push({ label, scenario, result: await runScenario(scenario, label, { terminal, signal }) });
    }
    const last = runs.at(-1);
    if (last !== undefined && given.svg !== undefined) await writePicture(given.svg, last);
    if (given.json) terminal.out(JSON.stringify(runs.map(resultJson), null, 2));
    else {
      if (last !== undefined) for (const line of boundLines(last, terminal.style)) terminal.out(line);
      terminal.out('');
      for (const line of resultLines(runs, terminal.style)) terminal.out(line);
    }
    return ExitCode.ok;
  },
};

/** The same scenario with as many seeds, from its own on. */
function seededRuns<V extends { readonly scenario: SwarmScenario }>(variant: V, seeds: number): V[] {
  const { scenario } = variant;
  return Array.from({ length: seeds }, (_, index) => ({
    ...variant,
    scenario: { ...scenario, seed: scenario.seed + index },
  }));
}

async function writePicture(path: string, { label, scenario, result }: Run): Promise<void> {
  const subtitle = [
    describeScenario(scenario),
    `seed ${scenario.seed}`,
    ...(label === '' ? [] : [label]),
  ].join(', ');
  const picture = drawTimeline(result, { title: scenario.description ?? 'a swarm over time', subtitle });
  await writeFile(path, picture).catch((error: unknown) => {
    throw fileError(path, error);
  });
}
