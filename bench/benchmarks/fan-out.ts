import { median } from '../report/spread.ts';
import { startSwarm, type Swarm } from '../harness/swarm.ts';
import { transfer } from '../harness/transfer.ts';
import { createLan } from '../network/lan.ts';
import { ownPrivileges, requireNamespaces } from '../network/privileges.ts';
import {
  type Benchmark,
  type BenchmarkOptions,
  limitedRemarks,
  MIB,
  type RunContext,
  type RunFigures,
} from './benchmark.ts';
import { requireWhole } from './verified.ts';

const TRACKER_AND_SEEDER = 2;
/** The seeder's place among the hosts. */
const SEEDER = 1;

/**
 * One seeder, N leechers that start at once, each host limited to the same rate both ways. F/R, the time in which one host can
 * receive the content, bounds the time of the last; headers add 4.6 %.
 */
export const fanOut: Benchmark = {
  summary: 'N leechers start at once, every host limited to the same rate both ways (root)',
  defaults: {
    clients: ['shoal/v2', 'libtorrent/v1', 'aria2/v1'],
    size: 64,
    piece: 256,
    leechers: 16,
    rate: 4,
    reps: 3,
    limit: 150,
  },
  columns: [
    { key: 'last', title: 'last × F/R', digits: 2, compare: true },
    { key: 'median', title: 'median × F/R', digits: 2 },
    { key: 'lastToMedian', title: 'last / median', digits: 2 },
    { key: 'seederSent', title: 'seeder sent, F', digits: 2, compare: true },
    { key: 'duplicates', title: 'received in vain %', digits: 2 },
    { key: 'wire', title: 'received on the wire, F', digits: 3 },
    { key: 'cpu', title: 'all CPU s', digits: 1, compare: true },
    { key: 'rss', title: 'leecher peak RSS MiB', digits: 0 },
    { key: 'busy', title: 'machine busy %', digits: 0 },
  ],
  requirements: () => requireNamespaces('fan-out', ownPrivileges()),
  run,
};

async function run(context: RunContext): Promise<RunFigures> {
  const { cleanup, content, options, name } = context;
  const lan = await createLan(cleanup, name, TRACKER_AND_SEEDER + options.leechers, options.rate * MIB);
  const swarm = await startSwarm(cleanup, { ...context, hosts: lan.hosts, run: name });
  const before = await lan.wireBytes();
  const done = await transfer(swarm, options.limit * 1_000);
  const after = await lan.wireBytes();
  const rss = median(swarm.leechers.map((leecher) => leecher.usage().peakRssMib));
  await Promise.all([swarm.seeder, ...swarm.leechers].map((contestant) => contestant.quit()));
  await requireWhole(swarm, done);
  const received = [...after]
    .filter(([host]) => host > SEEDER)
    .map(([host, bytes]) => bytes.received - (before.get(host)?.received ?? 0));
  const last = done.seconds.at(-1) ?? NaN;
  const bound = boundSeconds(options);
  return {
    values: {
      last: last / bound,
      median: median(done.seconds) / bound,
      lastToMedian: last / median(done.seconds),
      seederSent: swarm.seeder.figures.up / content.bytes,
      duplicates: wastedPart(swarm, content.bytes),
      wire: median(received) / content.bytes,
      cpu: done.seederCpu + done.leechersCpu,
      rss,
      busy: done.busy * 100,
    },
    remarks: limitedRemarks(done.busy),
  };
}

/** F/R in seconds. */
export function boundSeconds({ size, rate }: BenchmarkOptions): number {
  return size / rate;
}

/** Payload received twice or damaged, in per cent of what all needed; undefined when the client does not tell. */
function wastedPart({ leechers }: Swarm, bytes: number): number | undefined {
  const wasted = leechers.map(({ figures }) => figures.wasted);
  if (wasted.some((each) => each === undefined)) return undefined;
  return (wasted.reduce<number>((sum, each) => sum + (each ?? 0), 0) / (bytes * leechers.length)) * 100;
}
