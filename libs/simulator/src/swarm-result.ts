import type { Bounds } from './bounds.ts';
import type { SimulatedHost } from './host/simulated-host.ts';
import type { ResolvedScenario } from './resolved-scenario.ts';
import type { TimelineSample } from './timeline.ts';

/** What one host did. Bytes are payload. */
export interface HostResult {
  readonly isSeeder: boolean;
  /** When it had everything, in milliseconds; undefined if it did not by the limit, and for a seeder. */
  readonly completedAt: number | undefined;
  readonly piecesHad: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Received in vain. */
  readonly wastedBytes: number;
}

/** Milliseconds after which so many of the leechers that stayed had everything; undefined if they never had. */
export interface CompletionTimes {
  readonly first: number | undefined;
  readonly p50: number | undefined;
  readonly p99: number | undefined;
  readonly p999: number | undefined;
  readonly last: number | undefined;
}

/** What came of a scenario. */
export interface SwarmResult {
  /** Seeders first. */
  readonly hosts: readonly HostResult[];
  /** Leechers that have everything, and those that were still there at the end. */
  readonly complete: number;
  readonly present: number;
  readonly times: CompletionTimes;
  readonly bounds: Bounds;
  /** Payload the seeders sent, as a multiple of the content's size. */
  readonly seederCopies: number;
  /** Share of the payload received that was of no use: duplicates, unwanted blocks. */
  readonly waste: number;
  readonly timeline: readonly TimelineSample[];
  /** Events of the run: what it cost. */
  readonly events: number;
}

export function summarize(
  run: {
    readonly hosts: readonly SimulatedHost[];
    readonly bounds: Bounds;
    readonly samples: readonly TimelineSample[];
    readonly events: number;
  },
  { size, seeders }: ResolvedScenario,
): SwarmResult {
  const hosts = run.hosts.map(toResult);
  const present = run.hosts.slice(seeders).filter((host) => !host.isGone);
  const received = sum(hosts, (host) => host.receivedBytes);
  return {
    hosts,
    complete: present.filter((host) => host.completedAt !== undefined).length,
    present: present.length,
    times: completionTimes(present.map((host) => host.completedAt)),
    bounds: run.bounds,
    seederCopies: sum(hosts.slice(0, seeders), (host) => host.sentBytes) / size,
    waste: received === 0 ? 0 : sum(hosts, (host) => host.wastedBytes) / received,
    timeline: run.samples,
    events: run.events,
  };
}

function toResult(host: SimulatedHost): HostResult {
  return {
    isSeeder: host.init.isSeeder,
    completedAt: host.completedAt,
    piecesHad: host.pieceCount,
    sentBytes: host.sentBytes,
    receivedBytes: host.receivedBytes,
    wastedBytes: host.wastedBytes,
  };
}

/** Nearest-rank percentiles; those that are not done come last. */
function completionTimes(completedAt: readonly (number | undefined)[]): CompletionTimes {
  const sorted = [...completedAt].sort((a, b) => (a ?? Infinity) - (b ?? Infinity));
  const rank = (share: number): number | undefined =>
    sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1];
  return { first: sorted[0], p50: rank(0.5), p99: rank(0.99), p999: rank(0.999), last: sorted.at(-1) };
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
