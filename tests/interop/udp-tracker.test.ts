import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Metainfo, type MetainfoFormat, wireInfoHashes } from '@shoal/protocol';
import { createHashPool, createTorrent } from '@shoal/session';
import { isAvailable } from '@shoal/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { shoalOk } from '../e2e/support/cli.ts';
import { patternedBytes } from '../e2e/support/sample-tree.ts';
import { startLibtorrent } from './drivers/contestant.ts';
import { startLibtorrentMagnet } from './drivers/magnet.ts';
import { type Opentracker, startOpentracker } from './drivers/opentracker.ts';
import { startShoal } from './drivers/shoal.ts';

const COMPLETE_DEADLINE_MS = 60_000;
const CONTENT = patternedBytes(300_000);

const pool = createHashPool();
let scratch: string;
let source: string;
let undo: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'shoal-udp-'));
  source = join(scratch, 'source', 'web');
  await mkdir(source, { recursive: true });
  await writeFile(join(source, 'file'), CONTENT);
});
afterEach(async () => {
  for (const step of undo.reverse()) await step();
  undo = [];
});
afterAll(async () => {
  await pool.close();
  await rm(scratch, { recursive: true, force: true });
});

interface TrackedTorrent {
  readonly tracker: Opentracker;
  readonly metainfo: Metainfo;
  readonly torrentFile: string;
  readonly link: string;
}

/** Makes a torrent whose only tracker is one over UDP; who has its link knows of no peer. */
async function makeTracked(format: MetainfoFormat): Promise<TrackedTorrent> {
  const options = { pool, format, pieceLength: 64 * 1024 };
  const { metainfo: untracked } = await createTorrent(source, options);
  const tracker = await startOpentracker(wireInfoHashes(untracked));
  undo.push(() => tracker.stop());
  const { metainfo, bytes } = await createTorrent(source, { ...options, announce: tracker.udpUrl });
  const torrentFile = join(await mkdtemp(join(scratch, 'torrent-')), 'web.torrent');
  await writeFile(torrentFile, bytes);
  return { tracker, metainfo, torrentFile, link: (await shoalOk('torrent', 'magnet', torrentFile)).trim() };
}

/** Starts a seeder of ours, and waits until the tracker knows it by every info-hash. */
async function seed({ tracker, metainfo }: Pick<TrackedTorrent, 'tracker' | 'metainfo'>): Promise<void> {
  const seeder = await startShoal({ metainfo, root: source, role: 'seeder', host: '127.0.0.1' });
  undo.push(() => seeder.stop());
  for (const infoHash of wireInfoHashes(metainfo)) await tracker.seederOf(infoHash);
}

/** Fetches by magnet link or .torrent file, and compares. */
async function expectFetched(reference: string): Promise<void> {
  const path = (await shoalOk('fetch', reference, '--to', await mkdtemp(join(scratch, 'to-')))).trim();
  expect((await readFile(join(path, 'file'))).equals(CONTENT)).toBe(true);
}

describe.skipIf(!isAvailable('opentracker'))('peers that find each other by a UDP tracker alone', () => {
  it.each(['v1', 'v2', 'hybrid'] as const)(
    'Shoal seeder, shoal fetch of a %s magnet link',
    async (format) => {
      const { tracker, metainfo, link } = await makeTracked(format);
      await seed({ tracker, metainfo });
      await expectFetched(link);
    },
  );

  it('shoal fetch of a .torrent file', async () => {
    const { tracker, metainfo, torrentFile } = await makeTracked('v1');
    await seed({ tracker, metainfo });
    await expectFetched(torrentFile);
  });

  describe.skipIf(!isAvailable('libtorrent'))('libtorrent', () => {
    it('as seeder, shoal fetch by magnet', async () => {
      const { tracker, metainfo, torrentFile, link } = await makeTracked('v1');
      const directory = join(scratch, 'source');
      const seeder = await startLibtorrent({ torrentFile, directory, role: 'seeder' });
      undo.push(() => seeder.stop());
      for (const infoHash of wireInfoHashes(metainfo)) await tracker.seederOf(infoHash);
      await expectFetched(link);
    });

    it('by magnet, from a Shoal seeder', async () => {
      const { tracker, metainfo, link } = await makeTracked('v1');
      await seed({ tracker, metainfo });
      const directory = await mkdtemp(join(scratch, 'leecher-'));
      const client = startLibtorrentMagnet(link, directory);
      undo.push(() => client.stop());
      await client.complete(COMPLETE_DEADLINE_MS);
      expect((await readFile(join(directory, 'web', 'file'))).equals(CONTENT)).toBe(true);
    });
  });
});
