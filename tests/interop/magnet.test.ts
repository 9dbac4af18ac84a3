import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { formatMagnet, type Metainfo, type MetainfoFormat } from '@shoal/protocol';
import { createHashPool, createTorrent } from '@shoal/session';
import { isAvailable } from '@shoal/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startTracker } from '../../bench/network/tracker.ts';
import { shoalOk } from '../e2e/support/cli.ts';
import { writeFiles } from '../e2e/support/sample-tree.ts';
import { startAria2, startLibtorrent } from './drivers/contestant.ts';
import { type MagnetClient, startAria2Magnet, startLibtorrentMagnet } from './drivers/magnet.ts';
import { startShoal } from './drivers/shoal.ts';
import type { StockClient } from './drivers/stock-client.ts';
import { startTransmission, startTransmissionMagnet } from './drivers/transmission.ts';

/** Transmission takes its time before it asks its tracker: 50 s. */
const COMPLETE_DEADLINE_MS = 110_000;
const LOOPBACK = '127.0.0.1';
const PIECE = 16 * 1024;
/** A piece layer of 1,200 hashes, which clients ask for in parts, and metadata of several pieces. */
const FILES: Readonly<Record<string, number>> = {
  large: 1_200 * PIECE - 5,
  'bin/medium': 3 * PIECE + 1,
  small: 9,
};

const pool = createHashPool();
let scratch: string;
let source: string;
let undo: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'shoal-magnets-'));
  source = join(scratch, 'source', 'web');
  await writeFiles(source, FILES);
});
afterEach(async () => {
  for (const step of undo.reverse()) await step();
  undo = [];
});
afterAll(async () => {
  await pool.close();
  await rm(scratch, { recursive: true, force: true });
});

async function expectSameTree(root: string, paths = Object.keys(FILES)): Promise<void> {
  for (const path of paths) {
    const [actual, expected] = await Promise.all([readFile(join(root, path)), readFile(join(source, path))]);
    expect(actual.equals(expected), path).toBe(true);
  }
}

async function expectMediumAlone(root: string): Promise<void> {
  expect(await readdir(root, { recursive: true })).toEqual(['bin', 'bin/medium']);
  const [actual, expected] = await Promise.all(
    [root, source].map((tree) => readFile(join(tree, 'bin', 'medium'))),
  );
  expect(actual).toEqual(expected);
}

function magnetOf({ infoHashV1, infoHashV2, announceTiers }: Metainfo, port?: number): string {
  return formatMagnet({
    ...(infoHashV1 && { infoHashV1 }),
    ...(infoHashV2 && { infoHashV2 }),
    trackers: announceTiers.flat(),
    peers: port === undefined ? [] : [{ host: LOOPBACK, port }],
  });
}

describe('stock clients fetch by magnet from a Shoal seeder', () => {
  /** Seeds the tree, and starts the client with its link in an empty directory. */
  async function fetchFromShoal(
    format: MetainfoFormat,
    through: 'x.pe' | 'tr',
    start: (uri: string, directory: string) => MagnetClient | Promise<MagnetClient>,
  ): Promise<void> {
    const tracker = await startTracker(LOOPBACK);
    undo.push(() => tracker.stop());
    const announce = through === 'tr' ? { announce: tracker.url } : {};
    const { metainfo } = await createTorrent(source, { pool, format, pieceLength: PIECE, ...announce });
    const seeder = await startShoal({ metainfo, root: source, role: 'seeder', host: LOOPBACK });
    undo.push(() => seeder.stop());
    if (through === 'tr') await tracker.announced('seeder');
    const directory = await mkdtemp(join(scratch, 'leecher-'));
    const client = await start(magnetOf(metainfo, through === 'x.pe' ? seeder.port : undefined), directory);
    undo.push(() => client.stop());
    await client.complete(COMPLETE_DEADLINE_MS);
    await expectSameTree(join(directory, metainfo.name));
  }

  describe.skipIf(!isAvailable('libtorrent'))('libtorrent', () => {
    it.each(['v1', 'v2', 'hybrid'] as const)('a %s torrent, from the peer that the link names', (format) =>
      fetchFromShoal(format, 'x.pe', startLibtorrentMagnet),
    );

    it('a hybrid torrent, from a peer that the tracker of the link names', () =>
      fetchFromShoal('hybrid', 'tr', startLibtorrentMagnet));
  });

  describe.skipIf(!isAvailable('aria2'))('aria2', () => {
    it.each(['v1', 'hybrid'] as const)('a %s torrent', (format) =>
      fetchFromShoal(format, 'tr', startAria2Magnet),
    );
  });

  it.skipIf(!isAvailable('transmission'))('Transmission, a v1 torrent', () =>
    fetchFromShoal('v1', 'tr', startTransmissionMagnet),
  );
});

// libtorrent (2.0.8) is not interested in anything of a v2 or hybrid torrent that it has such a link of (seen).
it.skipIf(!isAvailable('libtorrent'))(
  'a v1 link that selects files (BEP 53) means what libtorrent takes',
  async () => {
    const { metainfo } = await createTorrent(source, { pool, format: 'v1', pieceLength: PIECE });
    const seeder = await startShoal({ metainfo, root: source, role: 'seeder', host: LOOPBACK });
    undo.push(() => seeder.stop());
    const link = `${magnetOf(metainfo, seeder.port)}&so=0,2`;
    const path = (await shoalOk('fetch', link, '--to', await mkdtemp(join(scratch, 'cli-')))).trim();
    const directory = await mkdtemp(join(scratch, 'leecher-'));
    const client = startLibtorrentMagnet(link, directory);
    undo.push(() => client.stop());
    await client.complete(COMPLETE_DEADLINE_MS);
    for (const root of [path, join(directory, metainfo.name)]) {
      await expectSameTree(root, ['bin/medium', 'small']);
      await expect(readFile(join(root, 'large'))).rejects.toMatchObject({ code: 'ENOENT' });
    }
  },
);

describe('shoal fetch, with the link that shoal torrent magnet prints', () => {
  /** Makes a torrent, its seeder and its link, and fetches by that link. */
  async function fetchWithCli(
    format: MetainfoFormat,
    through: 'x.pe' | 'tr',
    start: (torrentFile: string, metainfo: Metainfo) => Promise<StockClient>,
    { content = source, only }: { readonly content?: string; readonly only?: string } = {},
  ): Promise<string> {
    const tracker = await startTracker(LOOPBACK);
    undo.push(() => tracker.stop());
    const { metainfo, bytes } = await createTorrent(content, {
      pool,
      format,
      pieceLength: PIECE,
      ...(through === 'tr' && { announce: tracker.url }),
    });
    const directory = await mkdtemp(join(scratch, 'cli-'));
    const torrentFile = join(directory, 'it.torrent');
    await writeFile(torrentFile, bytes);
    const seeder = await start(torrentFile, metainfo);
    undo.push(() => seeder.stop());
    if (through === 'tr') await tracker.announced('seeder');
    const peers = through === 'x.pe' ? ['--peers', `${LOOPBACK}:${seeder.port}`] : [];
    const link = (await shoalOk('torrent', 'magnet', torrentFile, ...peers)).trim();
    const to = join(directory, 'to');
    await mkdir(to);
    const part = only === undefined ? [] : ['--only', only];
    const path = (await shoalOk('fetch', link, '--to', to, ...part)).trim();
    expect(path).toBe(join(to, metainfo.name));
    expect(await readdir(to)).toEqual([metainfo.name]);
    return path;
  }

  const startShoalSeeder = (_: string, metainfo: Metainfo) =>
    startShoal({ metainfo, root: source, role: 'seeder', host: LOOPBACK });

  it.each(['v1', 'v2', 'hybrid'] as const)('a %s torrent, from a Shoal seeder', async (format) => {
    await expectSameTree(await fetchWithCli(format, format === 'v1' ? 'tr' : 'x.pe', startShoalSeeder));
  });

  it.skipIf(!isAvailable('libtorrent')).each(['v1', 'v2', 'hybrid'] as const)(
    'a %s torrent, from libtorrent',
    async (format) => {
      const directory = dirname(source);
      const start = (torrentFile: string) => startLibtorrent({ torrentFile, directory, role: 'seeder' });
      await expectSameTree(await fetchWithCli(format, format === 'hybrid' ? 'tr' : 'x.pe', start));
    },
  );

  it.skipIf(!isAvailable('aria2'))('a v1 torrent, from aria2', async () => {
    const start = (torrentFile: string) =>
      startAria2({ torrentFile, directory: dirname(source), role: 'seeder' });
    await expectSameTree(await fetchWithCli('v1', 'tr', start));
  });

  it.skipIf(!isAvailable('transmission'))('a v1 torrent, from Transmission', async () => {
    const start = (torrentFile: string) =>
      startTransmission({ torrentFile, directory: dirname(source), role: 'seeder' });
    await expectSameTree(await fetchWithCli('v1', 'x.pe', start));
  });

  it.skipIf(!isAvailable('libtorrent')).each(['v1', 'v2', 'hybrid'] as const)(
    'a part of a %s torrent, from libtorrent',
    async (format) => {
      const directory = dirname(source);
      const start = (torrentFile: string) => startLibtorrent({ torrentFile, directory, role: 'seeder' });
      await expectMediumAlone(await fetchWithCli(format, 'x.pe', start, { only: 'bin/**' }));
    },
  );

  it.skipIf(!isAvailable('transmission'))('a part of a v1 torrent, from Transmission', async () => {
    const start = (torrentFile: string) =>
      startTransmission({ torrentFile, directory: dirname(source), role: 'seeder' });
    await expectMediumAlone(await fetchWithCli('v1', 'x.pe', start, { only: 'bin/**' }));
  });

  it.skipIf(!isAvailable('libtorrent'))('a torrent of a single file', async () => {
    const start = (torrentFile: string) =>
      startLibtorrent({ torrentFile, directory: source, role: 'seeder' });
    const path = await fetchWithCli('v1', 'x.pe', start, { content: join(source, 'large') });
    expect((await readFile(path)).equals(await readFile(join(source, 'large')))).toBe(true);
  });
});
