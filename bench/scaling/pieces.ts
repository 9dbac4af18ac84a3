import { join } from 'node:path';
import type { Axis } from './axis.ts';
import { createTorrents, toFetch } from './content.ts';
import { NodeProcess } from './node-process.ts';

/** The smallest piece there is (BEP 52), so that pieces cost more than their bytes. */
const PIECE_LENGTH = 16_384;

/** Pieces of a torrent that one process fetches from another. */
export const pieces: Axis = {
  summary: `pieces of one torrent, ${PIECE_LENGTH / 1024} KiB each, fetched from one seeder`,
  unit: 'piece',
  steps: [100, 1_000, 10_000, 100_000],
  columns: [
    {
      key: 'leecherCpu',
      title: 'leecher CPU s',
      digits: 2,
      perUnit: { title: 'µs a piece', factor: 1e6, digits: 0 },
    },
    {
      key: 'seederCpu',
      title: 'seeder CPU s',
      digits: 2,
      perUnit: { title: 'µs a piece', factor: 1e6, digits: 0 },
    },
    { key: 'leecherRss', title: 'leecher peak RSS MiB', digits: 0 },
    { key: 'seederRss', title: 'seeder peak RSS MiB', digits: 0 },
  ],
  async run(count, { cleanup, directory, limitMs }) {
    const [torrent] = await createTorrents(directory, 1, {
      bytes: count * PIECE_LENGTH,
      pieceLength: PIECE_LENGTH,
    });
    if (torrent === undefined) throw new TypeError('one torrent was asked for');
    const seeder = await NodeProcess.start(cleanup, { sessions: 1, torrents: [torrent] });
    const fetched = toFetch(torrent, join(directory, 'fetched'));
    const leecher = await NodeProcess.start(cleanup, { sessions: 1, torrents: [fetched] });
    seeder.mark();
    leecher.mark();
    await leecher.fetch(seeder.addresses, limitMs);
    return {
      leecherCpu: leecher.cpuSeconds(),
      seederCpu: seeder.cpuSeconds(),
      leecherRss: leecher.usage().peakRssMib,
      seederRss: seeder.usage().peakRssMib,
    };
  },
};
