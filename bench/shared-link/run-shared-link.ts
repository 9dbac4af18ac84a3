import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Cleanup } from '../harness/cleanup.ts';
import { contestantCommand } from '../harness/clients.ts';
import type { Content } from '../harness/content.ts';
import { ContestantProcess } from '../harness/contestant-process.ts';
import { busyShare, machineUsage } from '../harness/process-usage.ts';
import { commandAt, type NetworkHost } from '../network/network.ts';
import type { Contender } from './contenders.ts';
import {
  createSharedLink,
  endProcess,
  type LinkConditions,
  type LinkReading,
  type SharedLink,
} from './shared-link.ts';

const FLOW = fileURLToPath(new URL('flow.ts', import.meta.url));
const PORT = 7_001;
const FLOW_PORT = 7_002;
const READY_DEADLINE_MS = 60_000;
/** Trackers are not asked: every peer is named. */
const NO_TRACKER = 'http://198.18.0.1:1/announce';
const BITS = 8 / 1e6;

/** What shares a link. */
export interface SharedLinkRun {
  readonly contender: Contender;
  readonly conditions: LinkConditions;
  readonly seeders: number;
  /** Whether another TCP flow (CUBIC) uses the link. */
  readonly hasOther: boolean;
  /** Seconds until everything has settled, and seconds that are measured then. */
  readonly settle: number;
  readonly seconds: number;
}

/** What it came to, over the seconds that are measured. */
export interface SharedLinkFigures {
  /** Megabits per second on the wire, headers and what is sent again included. */
  readonly transfer: number;
  readonly other: number;
  /** What a frame has waited before the link on average, in milliseconds. */
  readonly queue: number;
  /** CPU seconds of all clients for each GiB that they moved. */
  readonly cpu: number;
  /** Part of the machine's cores that was busy, whatever ran, 0 … 1. */
  readonly busy: number;
}

/**
 * Lets seeders send to one leecher over a link that is too slow for them.
 * @param name short, different for each run on this machine
 * @throws BenchError SHOAL_BENCH_COMMAND, SHOAL_BENCH_CONTESTANT
 */
export async function runSharedLink(
  cleanup: Cleanup,
  content: Content,
  name: string,
  run: SharedLinkRun,
): Promise<SharedLinkFigures> {
  const link = await createSharedLink(cleanup, name, run.conditions, run.contender, run.seeders);
  // It is under way when the transfer begins.
  if (run.hasOther) await startOther(cleanup, link);
  const contestants = await startTransfer(cleanup, content, link, run);
  await setTimeout(run.settle * 1_000);
  for (const contestant of contestants) contestant.mark();
  const [before, machine] = [await link.read(), machineUsage()];
  await setTimeout(run.seconds * 1_000);
  const [after, machineAfter] = [await link.read(), machineUsage()];
  const cpuSeconds = contestants.reduce((sum, contestant) => sum + contestant.cpuSeconds(), 0);
  return figuresOf(link, before, after, cpuSeconds, busyShare(machine, machineAfter));
}

function figuresOf(
  { seeders, other }: SharedLink,
  before: LinkReading,
  after: LinkReading,
  cpuSeconds: number,
  busy: number,
): SharedLinkFigures {
  const carried = ({ address }: NetworkHost): number =>
    (after.bytes[address] ?? 0) - (before.bytes[address] ?? 0);
  const seconds = after.at - before.at;
  const transferred = seeders.reduce((sum, seeder) => sum + carried(seeder), 0);
  return {
    transfer: (transferred * BITS) / seconds,
    other: (carried(other) * BITS) / seconds,
    queue: (1_000 * (after.delay - before.delay)) / (after.frames - before.frames),
    cpu: cpuSeconds / (transferred / 1024 ** 3),
    busy,
  };
}

async function startTransfer(
  cleanup: Cleanup,
  content: Content,
  link: SharedLink,
  { contender, conditions, seeders }: SharedLinkRun,
): Promise<ContestantProcess[]> {
  const torrent = await content.torrent('v1', NO_TRACKER);
  const start = async (
    name: string,
    host: NetworkHost,
    more: readonly string[],
  ): Promise<ContestantProcess> => {
    const work = join(content.runs, name);
    await mkdir(join(work, 'data'), { recursive: true });
    const options = contender.options(conditions.rate, seeders).flatMap((option) => ['--opt', option]);
    const contestant = new ContestantProcess(name, commandAt(host, contestantCommand(contender.client)), [
      ...['--torrent', torrent, '--work', work, '--listen', `${host.address}:${PORT}`, '--no-tracker'],
      ...more,
      ...options,
    ]);
    cleanup.add(() => contestant.kill());
    await contestant.said('ready', READY_DEADLINE_MS);
    return contestant;
  };
  const sending = await Promise.all(
    link.seeders.map((host, index) =>
      start(`seeder-${index}`, host, ['--role', 'seed', '--dir', content.directory]),
    ),
  );
  const leecher = await start('leecher', link.receiver, [
    ...['--role', 'leech', '--dir', join(content.runs, 'leecher', 'data')],
    ...link.seeders.flatMap(({ address }) => ['--peer', `${address}:${PORT}`]),
  ]);
  leecher.go();
  return [...sending, leecher];
}

/** Starts the flow that the transfer should not disturb. */
async function startOther(cleanup: Cleanup, { other, receiver }: SharedLink): Promise<void> {
  const start = (host: NetworkHost, ...args: string[]) => {
    const [program, ...first] = commandAt(host, [process.execPath, FLOW, ...args]);
    const child = spawn(program, first, { detached: true, stdio: ['pipe', 'pipe', 'inherit'] });
    cleanup.add(() => endProcess(child));
    return child;
  };
  const sink = start(receiver, 'sink', receiver.address, `${FLOW_PORT}`);
  await once(sink.stdout, 'data', { signal: AbortSignal.timeout(READY_DEADLINE_MS) });
  start(other, 'source', receiver.address, `${FLOW_PORT}`, other.address);
}
