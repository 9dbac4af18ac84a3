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

/** What a run is judged against, and what it came to, one row a run. */
export function resultLines(runs: readonly Run[], style: Style): string[] {
  const compares = runs.length > 1;
  const columns: readonly Column[] = compares ? [{ title: 'variant' }, ...COLUMNS] : COLUMNS;
  const rows = runs.map((run) => [...(compares ? [run.label] : []), ...cells(run)]);
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

function cells({ result }: Run): string[] {
  const { times, bounds, complete, present } = result;
  return [
    `${complete}/${present}`,
    ...[times.p50, times.p99, times.p999, times.last].map((time) =>
      time === undefined ? '-' : formatDuration(time),
    ),
    ratio(times.last, bounds.fluid * bounds.headerFactor)?.toFixed(3) ?? '-',
    ratio(times.last, bounds.fluid)?.toFixed(3) ?? '-',
    `${result.seederCopies.toFixed(2)} F`,
    `${(100 * result.waste).toFixed(2)} %`,
  ];
}

function ratio(time: number | undefined, bound: number): number | undefined {
  return time === undefined ? undefined : time / bound;
}
