import { createHash } from 'node:crypto';
import {
  chmod,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Metainfo, MetainfoFormat } from '@shoal/protocol';
import { createHashPool, createTorrent, verifyTree } from '@shoal/session';
import { isAvailable } from '@shoal/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startTracker, type TestTracker } from '../../bench/network/tracker.ts';
import { startAria2, startLibtorrent } from './drivers/contestant.ts';
import { startShoal } from './drivers/shoal.ts';
import type { StockClient, StockClientInit } from './drivers/stock-client.ts';
import { startTransmission } from './drivers/transmission.ts';

const COMPLETE_DEADLINE_MS = 60_000;
const LOOPBACK = '127.0.0.1';
const BLOCK = 16 * 1024;
const PIECE = 64 * 1024;

/** Names in every script; sizes around a block and a piece. */
const FILES: Readonly<Record<string, number>> = {
  empty: 0,
  'bin/tool': 5 * PIECE + 1,
  'عربي/ملف': BLOCK - 1,
  '中文/文件.txt': BLOCK,
  'emoji/🦈🌊': BLOCK + 1,
  'combining/e\u0301a\u0308': PIECE + 1,
  'עברית/ไทย/हिन्दी': 1,
  'one piece': PIECE,
  large: 6 * 1024 * 1024 + 7,
};
const EXECUTABLE = 'bin/tool';
const SYMLINKS: Readonly<Record<string, string>> = {
  'links/file': '../one piece',
  'links/chain': 'file',
  'links/directory': '../bin',
};

interface Client {
  readonly name: 'libtorrent' | 'aria2' | 'transmission';
  readonly start: (init: StockClientInit) => Promise<StockClient>;
  readonly formats: readonly MetainfoFormat[];
  /** Makes symlinks and executables of BEP 47; the others write empty files and plain ones. */
  readonly knowsAttributes: boolean;
  /** Whether it dials peers on loopback that a tracker names; otherwise it waits to be dialled. */
  readonly dialsLoopback: boolean;
  readonly makesEmptyFiles: boolean;
}

const CLIENTS: readonly Client[] = [
  {
    name: 'libtorrent',
    start: startLibtorrent,
    formats: ['v1', 'v2', 'hybrid'],
    knowsAttributes: true,
    dialsLoopback: true,
    makesEmptyFiles: true,
  },
  {
    name: 'aria2',
    start: startAria2,
    formats: ['v1', 'hybrid'],
    knowsAttributes: false,
    dialsLoopback: true,
    makesEmptyFiles: true,
  },
  {
    name: 'transmission',
    start: startTransmission,
    // Not hybrids: Transmission 3.00 refuses them.
    formats: ['v1'],
    knowsAttributes: false,
    dialsLoopback: false,
    makesEmptyFiles: false,
  },
];

const pool = createHashPool();
let scratch: string;
let trackers: TestTracker[] = [];
let running: StockClient[] = [];

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'shoal-stock-clients-'));
  await writeFiles(join(scratch, 'plain', 'web'));
  await writeFiles(join(scratch, 'linked', 'web'));
  for (const [path, target] of Object.entries(SYMLINKS)) {
    const absolute = join(scratch, 'linked', 'web', path);
    await mkdir(dirname(absolute), { recursive: true });
    await symlink(target, absolute);
  }
});
afterAll(async () => {
  await pool.close();
  await rm(scratch, { recursive: true, force: true });
});
afterEach(async () => {
  await Promise.all(running.map((client) => client.stop()));
  running = [];
  await Promise.all(trackers.map((tracker) => tracker.stop()));
  trackers = [];
});

async function writeFiles(root: string): Promise<void> {
  for (const [path, length] of Object.entries(FILES)) {
    const absolute = join(root, path);
    await mkdir(dirname(absolute), { recursive: true });
    const bytes = createHash('shake256', { outputLength: length + 1 })
      .update(path)
      .digest();
    await writeFile(absolute, bytes.subarray(0, length));
    await chmod(absolute, path === EXECUTABLE ? 0o755 : 0o644);
  }
}

/** A torrent of `source`, in a file and announced to a tracker, and an empty directory to fetch it into. */
async function makeTorrent(source: string, format: MetainfoFormat) {
  const tracker = await startTracker(LOOPBACK);
  trackers.push(tracker);
  const created = await createTorrent(source, {
    pool,
    format,
    pieceLength: PIECE,
    private: true,
    announce: tracker.url,
  });
  const directory = await mkdtemp(join(scratch, 'test-'));
  const torrentFile = join(directory, 'it.torrent');
  await writeFile(torrentFile, created.bytes);
  const target = join(directory, 'target');
  await mkdir(target);
  return { metainfo: created.metainfo, torrentFile, target, tracker };
}

/**
 * A copy of a tree with the padding of its torrent as files: clients that do not know padding fetch it with the rest, and
 * cannot seed a tree that lacks it.
 */
async function withPadding(from: string, { files, name, pieceSpaceLength }: Metainfo): Promise<string> {
  const parent = await mkdtemp(join(scratch, 'padded-'));
  const root = join(parent, name);
  await cp(from, root, { recursive: true });
  await mkdir(join(root, '.pad'));
  for (const { index, offset, length } of files) {
    const gap = (files.at(index + 1)?.offset ?? pieceSpaceLength) - (offset + length);
    if (gap > 0) await writeFile(join(root, '.pad', `${gap}`), new Uint8Array(gap));
  }
  return parent;
}

async function expectSameFiles(root: string, paths: readonly string[]): Promise<void> {
  const source = join(scratch, 'linked', 'web');
  for (const path of paths) {
    const [actual, expected] = await Promise.all([readFile(join(root, path)), readFile(join(source, path))]);
    expect(actual.equals(expected), path).toBe(true);
  }
}

async function expectSameAttributes(root: string): Promise<void> {
  for (const [path, target] of Object.entries(SYMLINKS)) {
    const absolute = join(root, path);
    expect((await lstat(absolute)).isSymbolicLink(), path).toBe(true);
    expect(await realpath(absolute)).toBe(await realpath(join(dirname(absolute), target)));
  }
  expect((await lstat(join(root, EXECUTABLE))).mode & 0o100).toBe(0o100);
}

async function expectWhole(root: string, metainfo: Metainfo): Promise<void> {
  expect(await verifyTree(root, metainfo, { pool })).toEqual({ missing: [], damaged: [], extra: [] });
}

async function fetchWithShoal(metainfo: Metainfo, root: string): Promise<void> {
  const leecher = await startShoal({ metainfo, root, role: 'leecher', host: LOOPBACK });
  running.push(leecher);
  await leecher.complete(COMPLETE_DEADLINE_MS);
}

describe.each(CLIENTS)(
  '$name',
  ({ name, start, formats, knowsAttributes, makesEmptyFiles, dialsLoopback }) => {
    const suite = isAvailable(name) ? describe : describe.skip;

    /** Starts a Shoal seeder and the client, the one that dials last, and waits until the client has everything. */
    async function fetchFromShoal(
      root: string,
      made: Awaited<ReturnType<typeof makeTorrent>>,
    ): Promise<void> {
      const { metainfo, torrentFile, target, tracker } = made;
      const startClient = async () => {
        const client = await start({ torrentFile, directory: target, role: 'leecher' });
        running.push(client);
        return client;
      };
      const waiting = dialsLoopback ? undefined : await startClient();
      if (waiting !== undefined) await tracker.announced('leecher');
      running.push(await startShoal({ metainfo, root, role: 'seeder', host: LOOPBACK }));
      await tracker.announced('seeder');
      const client = waiting ?? (await startClient());
      await client.complete(COMPLETE_DEADLINE_MS);
    }

    suite.each(formats)('and a %s torrent', (format) => {
      it('fetches a tree that Shoal seeds, found through a tracker', async () => {
        const source = join(scratch, 'linked', 'web');
        const made = await makeTorrent(source, format);
        await fetchFromShoal(source, made);
        const expected = Object.keys(FILES).filter((path) => makesEmptyFiles || FILES[path] !== 0);
        await expectSameFiles(join(made.target, 'web'), expected);
        if (knowsAttributes) await expectSameAttributes(join(made.target, 'web'));
      });

      it('fetches a single file that Shoal seeds', async () => {
        const parent = join(scratch, 'plain', 'web');
        const made = await makeTorrent(join(parent, 'large'), format);
        await fetchFromShoal(parent, made);
        await expectSameFiles(made.target, ['large']);
      });

      it('seeds a tree that Shoal fetches, found through a tracker', async () => {
        // Clients that know no symlinks take them for empty files, and cannot seed a tree that has some.
        const parent = join(scratch, knowsAttributes ? 'linked' : 'plain');
        const from = join(parent, 'web');
        const { metainfo, torrentFile, target, tracker } = await makeTorrent(from, format);
        const directory = knowsAttributes ? parent : await withPadding(from, metainfo);
        running.push(await start({ torrentFile, directory, role: 'seeder' }));
        await tracker.announced('seeder');
        await fetchWithShoal(metainfo, target);
        await expectSameFiles(target, Object.keys(FILES));
        await expectWhole(target, metainfo);
      });

      it('seeds a single file that Shoal fetches', async () => {
        const parent = join(scratch, 'plain', 'web');
        const from = join(parent, 'large');
        const { metainfo, torrentFile, target, tracker } = await makeTorrent(from, format);
        running.push(await start({ torrentFile, directory: parent, role: 'seeder' }));
        await tracker.announced('seeder');
        await fetchWithShoal(metainfo, target);
        await expectWhole(target, metainfo);
      });
    });
  },
);
