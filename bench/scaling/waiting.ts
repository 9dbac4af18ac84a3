import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Axis } from './axis.ts';
import { createTorrents, toFetch } from './content.ts';
import { NodeProcess } from './node-process.ts';

const SIZE = { bytes: 1024 * 1024, pieceLength: 65_536 };
/** How long the torrents wait for peers while they are watched. */
const IDLE_SECONDS = 10;

/** Torrents of one process that want everything and know nobody. */
export const waiting: Axis = {
  summary: `torrents of one process that wait for peers for ${IDLE_SECONDS} s`,
  unit: 'torrent',
  steps: [1, 10, 100, 1_000],
  columns: [
    {
      key: 'idleCpu',
      title: 'CPU ms/s',
      digits: 1,
      perUnit: { title: 'µs/s a torrent', factor: 1e3, digits: 0 },
    },
    {
      key: 'rss',
      title: 'RSS of torrents MiB',
      digits: 1,
      perUnit: { title: 'KiB a torrent', factor: 1024, digits: 0 },
    },
  ],
  async run(count, { cleanup, directory }) {
    const all = await createTorrents(directory, count, SIZE);
    const wanted = all.map((torrent, index) => toFetch(torrent, join(directory, 'fetched', `${index}`)));
    const empty = await NodeProcess.start(cleanup, { sessions: 1, torrents: [] });
    const node = await NodeProcess.start(cleanup, { sessions: 1, torrents: wanted });
    await sleep(1_000); // loading is not waiting
    const rss = node.usage().anonymousMib - empty.usage().anonymousMib;
    node.mark();
    await sleep(IDLE_SECONDS * 1_000);
    return { idleCpu: (node.cpuSeconds() / IDLE_SECONDS) * 1_000, rss };
  },
};
