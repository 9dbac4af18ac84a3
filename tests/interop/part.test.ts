import { execFile } from 'node:child_process';
import {
  chmod,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Metainfo, MetainfoFormat } from '@shoal/protocol';
import { createHashPool, createTorrent } from '@shoal/session';
import { isAvailable } from '@shoal/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startTracker, type TestTracker } from '../../bench/network/tracker.ts';
import { shoalOk } from '../e2e/support/cli.ts';
import { writeFiles } from '../e2e/support/sample-tree.ts';
import { startAria2, startLibtorrent } from './drivers/contestant.ts';
import { type PartClient, startAria2Part, startLibtorrentPart } from './drivers/part.ts';
import { startShoal } from './drivers/shoal.ts';
import type { StockClient } from './drivers/stock-client.ts';
import { startTransmission, startTransmissionPart } from './drivers/transmission.ts';

const DEADLINE_MS = 60_000;
const LOOPBACK = '127.0.0.1';
const KIB = 1_024;
/** In a v1 torrent of 64 KiB pieces the first and last piece of `lib/b` hold parts of other files. */
const FILES: Readonly<Record<string, number>> = {
  'bin/a': 100 * KIB,
  'lib/b': 300 * KIB,
  'lib/c': 7,
  'lib/d': 150 * KIB,
};
const PART = ['lib/b'];

const pool = createHashPool();
let scratch: string;
let source: string;
let undo: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'shoal-parts-'));
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

interface TestTorrent {
  readonly metainfo: Metainfo;
  readonly torrentFile: string;
  readonly tracker: TestTracker;
}

async function makeTorrent(format: MetainfoFormat): Promise<TestTorrent> {
  const tracker = await startTracker(LOOPBACK);
  undo.push(() => tracker.stop());
  const created = await createTorrent(source, { pool, format, pieceLength: 64 * KIB, announce: tracker.url });
  const torrentFile = join(await mkdtemp(join(scratch, 'torrent-')), 'it.torrent');
  await writeFile(torrentFile, created.bytes);
  return { metainfo: created.metainfo, torrentFile, tracker };
}

async function seed({ metainfo, tracker }: TestTorrent, host = LOOPBACK): Promise<StockClient> {
  const seeder = await startShoal({ metainfo, root: source, role: 'seeder', host });
  undo.push(() => seeder.stop());
  await tracker.announced('seeder');
  return seeder;
}

async function emptyDirectory(): Promise<string> {
  return await mkdtemp(join(scratch, 'leecher-'));
}

async function started<Client extends StockClient | PartClient>(client: Promise<Client>): Promise<Client> {
  const running = await client;
  undo.push(() => running.stop());
  return running;
}

async function expectFile(root: string, path: string): Promise<void> {
  const [actual, wanted] = await Promise.all([readFile(join(root, path)), readFile(join(source, path))]);
  expect(actual.equals(wanted), path).toBe(true);
}

/** Fetches the part by `shoal fetch` from one peer, and expects that part and nothing else. */
async function fetchPart({ torrentFile }: TestTorrent, port: number): Promise<void> {
  const to = await emptyDirectory();
  const only = PART.flatMap((path) => ['--only', path]);
  const root = (
    await shoalOk('fetch', torrentFile, '--peers', `${LOOPBACK}:${port}`, '--to', to, ...only)
  ).trim();
  expect(await filesOf(root)).toEqual(PART);
  for (const path of PART) await expectFile(root, path);
}

/** As libtorrent makes them of a tree: symlinks with the targets that the file system has. */
async function makeWithLibtorrent(tree: string, torrentFile: string, format: MetainfoFormat): Promise<void> {
  const script = join(import.meta.dirname, 'make-torrent.py');
  await promisify(execFile)('/usr/bin/python3', [script, tree, torrentFile, format]);
}

async function filesOf(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  return files.map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1)).sort();
}

describe.skipIf(!isAvailable('libtorrent'))('libtorrent', () => {
  it.each(['v1', 'v2', 'hybrid'] as const)(
    'fetches a part of a %s torrent from us, then gives it to us',
    async (format) => {
      const torrent = await makeTorrent(format);
      const seeder = await seed(torrent);
      const directory = await emptyDirectory();
      const client = await started(
        startLibtorrentPart({ ...torrent, directory, files: PART, peers: [seeder.port] }),
      );
      await client.finished(DEADLINE_MS);
      for (const path of PART) await expectFile(join(directory, 'web'), path);
      await seeder.stop();
      await fetchPart(torrent, client.port);
    },
  );

  it.each(['v1', 'v2', 'hybrid'] as const)('gives us a part of a %s torrent', async (format) => {
    const torrent = await makeTorrent(format);
    const { torrentFile } = torrent;
    const { port } = await started(
      startLibtorrent({ torrentFile, directory: dirname(source), role: 'seeder' }),
    );
    await fetchPart(torrent, port);
  });

  it('sees that we want nothing more when we have our part, and gets it from us', async () => {
    const torrent = await makeTorrent('v1');
    const seeder = await seed(torrent);
    const root = await emptyDirectory();
    const member = await started(
      startShoal({ metainfo: torrent.metainfo, root, role: 'leecher', host: LOOPBACK, wanted: PART }),
    );
    await member.complete(DEADLINE_MS);
    await seeder.stop();
    const directory = await emptyDirectory();
    const client = await started(
      startLibtorrentPart({ ...torrent, directory, files: PART, peers: [member.port] }),
    );
    await client.says(`peer ${member.port} upload-only True`, DEADLINE_MS);
    await client.finished(DEADLINE_MS);
    for (const path of PART) await expectFile(join(directory, 'web'), path);
  });

  it.each(['v1', 'v2', 'hybrid'] as const)(
    'makes %s torrents of symlinks and executables that we fetch',
    async (format) => {
      const tree = join(await emptyDirectory(), 'links');
      await mkdir(join(tree, 'lib/deep'), { recursive: true });
      await writeFile(join(tree, 'lib/deep/run'), Buffer.alloc(70 * KIB, 'run'));
      await chmod(join(tree, 'lib/deep/run'), 0o755);
      await writeFile(join(tree, 'lib/plain'), 'plain');
      const links = { 'lib/beside': 'plain', 'lib/deep/above': '../plain', all: 'lib' };
      for (const [path, target] of Object.entries(links)) await symlink(target, join(tree, path));
      const torrentFile = `${tree}.torrent`;
      await makeWithLibtorrent(tree, torrentFile, format);
      // It makes the symlinks itself, and fails where they are.
      const directory = await emptyDirectory();
      await cp(tree, join(directory, 'links'), {
        recursive: true,
        filter: async (path) => !(await lstat(path)).isSymbolicLink(),
      });
      const { port } = await started(startLibtorrent({ torrentFile, directory, role: 'seeder' }));
      const to = await emptyDirectory();
      const root = (await shoalOk('fetch', torrentFile, '--peers', `${LOOPBACK}:${port}`, '--to', to)).trim();
      expect(await filesOf(root)).toEqual([
        'all',
        'lib/beside',
        'lib/deep/above',
        'lib/deep/run',
        'lib/plain',
      ]);
      for (const [path, target] of Object.entries(links))
        expect(await readlink(join(root, path))).toBe(target);
      expect((await lstat(join(root, 'lib/deep/run'))).mode & 0o777).toBe(0o755);
      expect(
        (await readFile(join(root, 'lib/deep/run'))).equals(await readFile(join(tree, 'lib/deep/run'))),
      ).toBe(true);
    },
  );
});

/** The files of a torrent as clients count them that take padding for files. */
function orderWithPadding({ files, pieceSpaceLength }: Metainfo): string[] {
  return Array.from(files).flatMap(({ path, index, offset, length }) => {
    const gap = (files.at(index + 1)?.offset ?? pieceSpaceLength) - (offset + length);
    return [path.join('/'), ...(gap > 0 ? [`.pad/${gap}`] : [])];
  });
}

describe.skipIf(!isAvailable('aria2'))('aria2', () => {
  it.each(['v1', 'hybrid'] as const)(
    'fetches a part of a %s torrent from us, then gives it',
    async (format) => {
      const torrent = await makeTorrent(format);
      const seeder = await seed(torrent);
      const directory = await emptyDirectory();
      const order = orderWithPadding(torrent.metainfo);
      const client = await started(startAria2Part({ ...torrent, directory, files: PART }, order));
      await client.finished(DEADLINE_MS);
      for (const path of PART) await expectFile(join(directory, 'web'), path);
      await seeder.stop();
      await fetchPart(torrent, client.port);
    },
  );

  it('gives us a part of a v1 torrent', async () => {
    const torrent = await makeTorrent('v1');
    const { torrentFile } = torrent;
    const { port } = await started(startAria2({ torrentFile, directory: dirname(source), role: 'seeder' }));
    await fetchPart(torrent, port);
  });
});

describe.skipIf(!isAvailable('transmission'))('Transmission', () => {
  it('fetches a part of a v1 torrent from us, then gives it to us', async () => {
    const torrent = await makeTorrent('v1');
    const directory = await emptyDirectory();
    const order = Array.from(torrent.metainfo.files, ({ path }) => path.join('/'));
    const client = await started(startTransmissionPart({ ...torrent, directory, files: PART }, order));
    // It dials nobody on loopback: the seeder is told of it.
    await torrent.tracker.announced('leecher');
    // It takes every peer of an address for a seeder once there was one: not that of the next peer.
    const seeder = await seed(torrent, '127.0.0.2');
    await client.finished(DEADLINE_MS);
    for (const path of PART) await expectFile(join(directory, 'web'), path);
    await seeder.stop();
    await fetchPart(torrent, client.port);
  });

  it('gives us a part of a v1 torrent', async () => {
    const torrent = await makeTorrent('v1');
    const { torrentFile } = torrent;
    const { port } = await started(
      startTransmission({ torrentFile, directory: dirname(source), role: 'seeder' }),
    );
    await fetchPart(torrent, port);
  });
});
