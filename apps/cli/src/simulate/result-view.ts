import type { SwarmResult, SwarmScenario } from '@shoal/simulator';
import { fieldLines } from '../output/fields.ts';
import { formatBytes, formatDuration, formatRate, plural } from '../output/format.ts';
import type { Json } from '../output/json.ts';
import { type Column, tableLines } from '../output/table.ts';
import type { Style } from '../output/terminal.ts';

/** A scenario that was run. */
export interface Run {
  readonly label: string;
  readonly scenario: SwarmScenario;
  readonly result: SwarmResult;
}

const COLUMNS: readonly Column[] = [
  { title: 'complete', align: 'right' },
  { title: 'p50', align: 'right' },
  { title: 'p99', align: 'right' },
  { title: 'p99.9', align: 'right' },
  { title: 'last', align: 'right' },
  { title: '× bound', align: 'right' },
  { title: '× F/R', align: 'right' },
  { title: 'seeders sent', align: 'right' },
  { title: 'waste', align: 'right' },
];

/** "16 leechers, 1 seeder, 64.0 MiB in 256 pieces of 256 KiB, 4.00 MiB/s on the wire" */
export function describeScenario(scenario: SwarmScenario): string {
  const { leechers, seeders = 1, size, pieceSize, rate, rateOf = 'wire' } = scenario;
  return [
    plural(leechers, 'leecher'),
    plural(seeders, 'seeder'),
    `${formatBytes(size)} in ${plural(Math.ceil(size / pieceSize), 'piece')} of ${formatBytes(pieceSize)}`,
    `${formatRate(rate)} ${rateOf === 'wire' ? 'on the wire' : 'of payload'}`,
  ].join(', ');
}

/** What runs came to, one row for those of one label: the means over their seeds. */
export function resultLines(runs: readonly Run[], style: Style): string[] {
  const groups = [...Map.groupBy(runs, ({ label }) => label)];
  const compares = groups.length > 1;
  const columns: readonly Column[] = compares ? [{ title: 'variant' }, ...COLUMNS] : COLUMNS;
  const rows = groups.map(([label, group]) => [...(compares ? [label] : []), ...cells(group)]);
  return tableLines(columns, rows, style.bold);
}

/** The bounds of a scenario. */
export function boundLines({ scenario, result }: Run, style: Style): string[] {
  const { bounds } = result;
  const reachable = formatDuration(bounds.fluid * bounds.headerFactor);
  const headers = scenario.rateOf === 'payload' ? '' : `, with headers ${reachable}`;
  return fieldLines(
    [
      ['scenario', describeScenario(scenario)],
      ['bound', `${formatDuration(bounds.fluid)}${headers}: the largest of`],
      [
        '',
        `seeders ${formatDuration(bounds.seeders)}, slowest downlink ${formatDuration(bounds.download)}, all uplinks ${formatDuration(bounds.aggregate)}`,
      ],
      ['pieces', `${formatDuration(bounds.discrete)} with whole pieces: F/u (1 + log2 N / M)`],
    ],
    style,
  );
}

/** What `--json` prints of a run. Times in milliseconds, bytes of payload; the same for the same scenario. */
export function resultJson({ label, scenario, result }: Run): Json {
  const { times, bounds } = result;
  return {
    variant: label === '' ? null : label,
    seed: scenario.seed,
    complete: result.complete,
    present: result.present,
    times: {
      first: times.first ?? null,
      p50: times.p50 ?? null,
      p99: times.p99 ?? null,
      p999: times.p999 ?? null,
      last: times.last ?? null,
    },
    bounds: { ...bounds },
    lastPerBound: ratio(times.last, bounds.fluid * bounds.headerFactor) ?? null,
    lastPerFluidBound: ratio(times.last, bounds.fluid) ?? null,
    seederCopies: result.seederCopies,
    waste: result.waste,
    events: result.events,
    hosts: result.hosts.map((host) => ({ ...host, completedAt: host.completedAt ?? null })),
  };
}

function cells(runs: readonly Run[]): string[] {
  const results = runs.map(({ result }) => result);
  const total = (of: (result: SwarmResult) => number): number =>
    results.reduce((sum, result) => sum + of(result), 0);
  const time = (of: (times: SwarmResult['times']) => number | undefined): string =>
    format(mean(results.map(({ times }) => of(times))), formatDuration);
  const last = (bound: (bounds: SwarmResult['bounds']) => number): string =>
    format(mean(results.map(({ times, bounds }) => ratio(times.last, bound(bounds)))), (value) =>
      value.toFixed(3),
    );
  return [
    `${total(({ complete }) => complete)}/${total(({ present }) => present)}`,
    time(({ p50 }) => p50),
    time(({ p99 }) => p99),
    time(({ p999 }) => p999),
    time((times) => times.last),
    last(({ fluid, headerFactor }) => fluid * headerFactor),
    last(({ fluid }) => fluid),
    `${(total(({ seederCopies }) => seederCopies) / runs.length).toFixed(2)} F`,
    `${((100 * total(({ waste }) => waste)) / runs.length).toFixed(2)} %`,
  ];
}

/** Undefined when one of the values is: a run that was not done has no last host. */
function mean(values: readonly (number | undefined)[]): number | undefined {
  let sum = 0;
  for (const value of values) {
    if (value === undefined) return undefined;
    sum += value;
  }
  return sum / values.length;
}

function format(value: number | undefined, show: (value: number) => string): string {
  return value === undefined ? '-' : show(value);
}

function ratio(time: number | undefined, bound: number): number | undefined {
  return time === undefined ? undefined : time / bound;
}
