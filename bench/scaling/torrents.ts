import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Axis } from './axis.ts';
import { createTorrents, toFetch } from './content.ts';
import { NodeProcess } from './node-process.ts';

const SIZE = { bytes: 1024 * 1024, pieceLength: 65_536 };
/** How long the torrents are watched while nothing happens. */
const IDLE_SECONDS = 10;

/** Torrents of one process, complete and idle all but one, which another process fetches. */
export const torrents: Axis = {
  summary: `complete torrents of one process, idle for ${IDLE_SECONDS} s; then one of 1 MiB is fetched from it`,
  unit: 'torrent',
  steps: [1, 10, 100, 1_000],
  columns: [
    {
      key: 'idleCpu',
      title: 'idle CPU ms/s',
      digits: 1,
      perUnit: { title: 'µs/s a torrent', factor: 1e3, digits: 0 },
    },
    {
      key: 'rss',
      title: 'RSS of torrents MiB',
      digits: 1,
      perUnit: { title: 'KiB a torrent', factor: 1024, digits: 0 },
    },
    { key: 'fetchCpu', title: 'CPU ms of the fetch', digits: 0 },
  ],
  async run(count, { cleanup, directory, limitMs }) {
    const all = await createTorrents(directory, count, SIZE);
    const [active] = all;
    if (active === undefined) throw new TypeError('one torrent at least was asked for');
    const empty = await NodeProcess.start(cleanup, { sessions: 1, torrents: [] });
    const seeder = await NodeProcess.start(cleanup, { sessions: 1, torrents: all });
    const rss = seeder.usage().anonymousMib - empty.usage().anonymousMib;
    seeder.mark();
    await sleep(IDLE_SECONDS * 1_000);
    const idleCpu = (seeder.cpuSeconds() / IDLE_SECONDS) * 1_000;
    const fetched = toFetch(active, join(directory, 'fetched'));
    const leecher = await NodeProcess.start(cleanup, { sessions: 1, torrents: [fetched] });
    seeder.mark();
    await leecher.fetch(seeder.addresses, limitMs);
    return { idleCpu, rss, fetchCpu: seeder.cpuSeconds() * 1_000 };
  },
};
