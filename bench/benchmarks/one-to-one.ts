import { startSwarm } from '../harness/swarm.ts';
import { transfer } from '../harness/transfer.ts';
import { createLoopback } from '../network/loopback.ts';
import { type Benchmark, GIB, MIB, type RunContext, type RunFigures } from './benchmark.ts';
import { requireWhole } from './verified.ts';

const TRACKER_AND_SEEDER = 2;

/** A seeder and a leecher on one loopback: what a transfer costs where the network does not limit it. */
export const oneToOne: Benchmark = {
  summary: 'one seeder, one leecher on loopback: throughput, CPU and memory of both ends',
  defaults: {
    clients: ['shoal/v2', 'shoal/v1', 'libtorrent/v1', 'aria2/v1'],
    size: 2_048,
    piece: 1_024,
    leechers: 1,
    rate: 0,
    reps: 3,
    limit: 120,
  },
  columns: [
    { key: 'throughput', title: 'MiB/s', digits: 0, compare: true },
    { key: 'seederCpu', title: 'seeder CPU s/GiB', digits: 2 },
    { key: 'leecherCpu', title: 'leecher CPU s/GiB', digits: 2 },
    { key: 'bothCpu', title: 'both CPU s/GiB', digits: 2, compare: true },
    { key: 'seederRss', title: 'seeder peak RSS MiB', digits: 0 },
    { key: 'leecherRss', title: 'leecher peak RSS MiB', digits: 0 },
    { key: 'otherLoad', title: 'other load, cores', digits: 2 },
  ],
  requirements: () => undefined,
  run,
};

async function run(context: RunContext): Promise<RunFigures> {
  const { cleanup, content, options, name } = context;
  const { hosts } = await createLoopback(cleanup, name, TRACKER_AND_SEEDER + 1);
  const swarm = await startSwarm(cleanup, { ...context, hosts, run: name });
  const done = await transfer(swarm, options.limit * 1_000);
  const [seederUsage, leecherUsage] = [swarm.seeder.usage(), swarm.leechers[0]?.usage()];
  await requireWhole(swarm, done);
  const seconds = done.seconds[0] ?? NaN;
  const gib = content.bytes / GIB;
  return {
    values: {
      throughput: content.bytes / MIB / seconds,
      seederCpu: done.seederCpu / gib,
      leecherCpu: done.leechersCpu / gib,
      bothCpu: (done.seederCpu + done.leechersCpu) / gib,
      seederRss: seederUsage.peakRssMib,
      leecherRss: leecherUsage?.peakRssMib,
      otherLoad: done.otherLoad,
    },
    remarks: [],
  };
}
