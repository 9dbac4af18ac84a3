import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { commandAt, type NetworkHost } from '../network/network.ts';
import { startTrackerProcess } from '../network/tracker-process.ts';
import type { Cleanup } from './cleanup.ts';
import { contestantCommand, type Entrant } from './clients.ts';
import type { Content } from './content.ts';
import { ContestantProcess } from './contestant-process.ts';

/** Where every contestant listens; each has an address of its own. */
const PORT = 7_001;
/** How long a contestant may take until it is ready, in milliseconds: a seeder hashes its data before. */
const READY_DEADLINE_MS = 60_000;

export interface SwarmInit {
  readonly content: Content;
  readonly entrant: Entrant;
  /** `--opt` of Shoal's contestants. */
  readonly shoalOptions: readonly string[];
  /** One for the tracker, one for the seeder, one for each leecher. */
  readonly hosts: readonly NetworkHost[];
  /** Tells the runs of a benchmark apart. */
  readonly run: string;
}

/** A seeder and leechers of one kind that meet through a tracker. */
export interface Swarm {
  readonly seeder: ContestantProcess;
  /** By host, in the order of the hosts. */
  readonly leechers: ContestantProcess[];
  /** Starts the leecher of a host once more, on what it left, and lets it go. */
  restart(index: number): Promise<ContestantProcess>;
  /** Whether the leecher of a host holds the content, byte for byte. */
  isWhole(index: number): Promise<boolean>;
}

/**
 * Starts a swarm, up to the moment before the leechers go: each has its process, the seeder is announced.
 * @throws BenchError SHOAL_BENCH_CONTESTANT
 */
export async function startSwarm(cleanup: Cleanup, init: SwarmInit): Promise<Swarm> {
  const { content, entrant, shoalOptions, run } = init;
  const [trackerHost, seederHost, ...leecherHosts] = init.hosts;
  if (trackerHost === undefined || seederHost === undefined) throw new TypeError('too few hosts');
  const announce = await startTrackerProcess(cleanup, trackerHost);
  const torrent = await content.torrent(entrant.format, announce);
  const directoryOf = (name: string): string => join(content.runs, run, name);

  const start = async (name: string, host: NetworkHost, role: string[]): Promise<ContestantProcess> => {
    await mkdir(directoryOf(name), { recursive: true });
    const contestant = new ContestantProcess(
      `${entrant.name} ${name}`,
      commandAt(host, contestantCommand(entrant.client)),
      [
        ...role,
        ...['--torrent', torrent, '--work', directoryOf(name), '--listen', `${host.address}:${PORT}`],
        ...(entrant.client === 'shoal' ? shoalOptions.flatMap((option) => ['--opt', option]) : []),
      ],
    );
    cleanup.add(() => contestant.kill());
    return contestant;
  };

  const leecherName = (index: number): string => `leecher-${index + 1}`;
  const targetOf = (index: number): string => join(directoryOf(leecherName(index)), 'data');
  const startLeecher = async (index: number, ...more: string[]): Promise<ContestantProcess> => {
    const host = leecherHosts[index];
    if (host === undefined) throw new RangeError(`no leecher ${index}`);
    await mkdir(targetOf(index), { recursive: true });
    return start(leecherName(index), host, ['--role', 'leech', '--dir', targetOf(index), ...more]);
  };

  const seeder = await start('seeder', seederHost, ['--role', 'seed', '--dir', content.directory]);
  await seeder.said('ready', READY_DEADLINE_MS);
  const leechers = await Promise.all(leecherHosts.map((_, index) => startLeecher(index)));
  await Promise.all(leechers.map((leecher) => leecher.said('ready', READY_DEADLINE_MS)));
  return {
    seeder,
    leechers,
    async restart(index) {
      const leecher = await startLeecher(index, '--resume');
      leechers[index] = leecher;
      await leecher.said('ready', READY_DEADLINE_MS);
      leecher.go();
      return leecher;
    },
    isWhole: (index) => content.isIn(targetOf(index)),
  };
}
