import { join } from 'node:path';
import type { Axis } from './axis.ts';
import { createTorrents, toFetch } from './content.ts';
import { NodeProcess } from './node-process.ts';

const STEPS = [10, 50, 200, 500];
const FETCHED = { bytes: 64 * 1024 * 1024, pieceLength: 65_536 };
/** Small pieces: what is said about each of them, to each of the peers, counts. */
const SERVED = { bytes: 2 * 1024 * 1024, pieceLength: 16_384 };

/** Peers that one process is connected to while it fetches a torrent from them. */
export const sources: Axis = {
  summary: 'complete peers that one process is connected to and fetches 64 MiB in pieces of 64 KiB from',
  unit: 'peer',
  steps: STEPS,
  columns: [
    {
      key: 'cpu',
      title: 'leecher CPU s',
      digits: 2,
      perUnit: { title: 'ms a peer', factor: 1e3, digits: 1 },
    },
    { key: 'rss', title: 'leecher peak RSS MiB', digits: 0 },
  ],
  async run(count, { cleanup, directory, limitMs }) {
    const torrents = await createTorrents(directory, 1, FETCHED);
    const seeders = await NodeProcess.start(cleanup, { sessions: count, torrents, gather: true });
    const fetched = torrents.map((torrent) => toFetch(torrent, join(directory, 'fetched')));
    const leecher = await NodeProcess.start(cleanup, { sessions: 1, torrents: fetched });
    leecher.mark();
    await leecher.fetch(seeders.addresses, limitMs);
    return { cpu: leecher.cpuSeconds(), rss: leecher.usage().peakRssMib };
  },
};

/** Peers that one process serves a torrent to; they know nobody else. */
export const sinks: Axis = {
  summary: 'peers that fetch 2 MiB in pieces of 16 KiB each from one process, all at once',
  unit: 'peer',
  steps: STEPS,
  columns: [
    { key: 'cpu', title: 'seeder CPU s', digits: 2, perUnit: { title: 'ms a peer', factor: 1e3, digits: 1 } },
    { key: 'rss', title: 'seeder peak RSS MiB', digits: 0 },
  ],
  async run(count, { cleanup, directory, limitMs }) {
    const torrents = await createTorrents(directory, 1, SERVED);
    const seeder = await NodeProcess.start(cleanup, { sessions: 1, torrents });
    const fetched = torrents.map((torrent) => toFetch(torrent, join(directory, 'fetched')));
    const leechers = await NodeProcess.start(cleanup, { sessions: count, torrents: fetched });
    seeder.mark();
    await leechers.fetch(seeder.addresses, limitMs);
    return { cpu: seeder.cpuSeconds(), rss: seeder.usage().peakRssMib };
  },
};
