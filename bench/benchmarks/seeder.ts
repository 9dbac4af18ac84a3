import { startSwarm } from '../harness/swarm.ts';
import { transfer } from '../harness/transfer.ts';
import { createLoopback } from '../network/loopback.ts';
import { type Benchmark, GIB, MIB, type RunContext, type RunFigures } from './benchmark.ts';
import { requireWhole } from './verified.ts';

const TRACKER_AND_SEEDER = 2;

/** One seeder serves many leechers that arrive at once on one loopback: what sending costs. */
export const seeder: Benchmark = {
  summary: 'one seeder, ten leechers on loopback: CPU of the seeder per GiB that it sent',
  defaults: {
    clients: ['shoal/v2', 'libtorrent/v1', 'aria2/v1'],
    size: 512,
    piece: 1_024,
    leechers: 10,
    rate: 0,
    reps: 3,
    limit: 180,
  },
  columns: [
    { key: 'sendCpu', title: 'seeder CPU s/GiB sent', digits: 2, compare: true },
    { key: 'sent', title: 'seeder sent GiB', digits: 2 },
    { key: 'rss', title: 'seeder peak RSS MiB', digits: 0 },
    { key: 'leecherRss', title: 'highest leecher peak RSS MiB', digits: 0 },
    { key: 'throughput', title: 'all leechers MiB/s', digits: 0, compare: true },
    { key: 'allCpu', title: 'all CPU s/GiB received', digits: 2, compare: true },
    { key: 'otherLoad', title: 'other load, cores', digits: 2 },
  ],
  requirements: () => undefined,
  run,
};

async function run(context: RunContext): Promise<RunFigures> {
  const { cleanup, content, options, name } = context;
  const { hosts } = await createLoopback(cleanup, name, TRACKER_AND_SEEDER + options.leechers);
  const swarm = await startSwarm(cleanup, { ...context, hosts, run: name });
  const done = await transfer(swarm, options.limit * 1_000);
  const leecherRss = Math.max(...swarm.leechers.map((leecher) => leecher.usage().peakRssMib));
  await swarm.seeder.quit();
  await requireWhole(swarm, done);
  const received = content.bytes * options.leechers;
  const sent = swarm.seeder.figures.up;
  return {
    values: {
      sendCpu: done.seederCpu / (sent / GIB),
      sent: sent / GIB,
      rss: swarm.seeder.usage().peakRssMib,
      leecherRss,
      throughput: received / MIB / (done.seconds.at(-1) ?? NaN),
      allCpu: (done.seederCpu + done.leechersCpu) / (received / GIB),
      otherLoad: done.otherLoad,
    },
    remarks: [],
  };
}
