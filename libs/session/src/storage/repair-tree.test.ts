import {
  chmod,
  link,
  lstat,
  mkdir,
  open,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { createPieceLayout, type Metainfo, type MetainfoFormat } from '@shoal/protocol';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changedSince } from './changed-since.ts';
import { createTorrent } from './create-torrent.ts';
import { openDirectoryStore } from './directory-store.ts';
import { createHashPool } from './hash-pool.ts';
import { inspectTree } from './inspect-tree.ts';
import { mendTree } from './mend-tree.ts';
import { OpenFiles } from './open-files.ts';
import { beginTreeRepair, type TreeRepair } from './repair-tree.ts';
import { SpanCache } from './span-cache.ts';
import { temporaryDirectory, VARIED_TREE, writeTree } from './tree-fixture.ts';
import { verifyTree } from './verify-tree.ts';

const TOOL = 'bin/tool'; // 200,001 bytes: four pieces
const PIECE = 65_536;
const WHOLE = { missing: [], damaged: [], extra: [] };

const pool = createHashPool();
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
/** The same tree twice: one is damaged, the other is what peers have. */
let root: string;
let good: string;
let scratch: string;
beforeEach(async () => {
  directory = await temporaryDirectory();
  [root, good, scratch] = ['tree', 'good', 'scratch'].map((name) => join(directory.path, name)) as [
    string,
    string,
    string,
  ];
  await writeTree(root, VARIED_TREE);
  await writeTree(good, VARIED_TREE);
});
afterEach(() => directory.remove());
afterAll(() => pool.close());

async function makeMetainfo(format: MetainfoFormat = 'v2'): Promise<Metainfo> {
  return (await createTorrent(good, { pool, format, pieceLength: PIECE, name: 'fixture' })).metainfo;
}

function indexOf(metainfo: Metainfo, path: string): number {
  return [...metainfo.files].find((entry) => entry.path.join('/') === path)!.index;
}

async function flipBit(path: string, position: number): Promise<void> {
  const file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, position);
  byte[0]! ^= 1;
  await file.write(byte, 0, 1, position);
  await file.close();
}

async function begin(metainfo: Metainfo, paths: readonly string[]): Promise<TreeRepair> {
  return await beginTreeRepair(pool, {
    metainfo,
    root,
    scratch,
    damaged: paths.map((path) => indexOf(metainfo, path)),
    pace: () => Promise.resolve(),
    signal: new AbortController().signal,
  });
}

function openStore(metainfo: Metainfo, from: string, repair?: TreeRepair) {
  return openDirectoryStore(
    { pool, cache: new SpanCache(), files: new OpenFiles() },
    { metainfo, root: from, create: false, ...(repair && { repaired: repair.repaired }) },
  );
}

/** Does what a swarm would do: brings the pieces that are missing. Returns how many. */
async function fetchMissing(metainfo: Metainfo, repair: TreeRepair): Promise<number> {
  const layout = createPieceLayout(metainfo);
  const [from, to] = [await openStore(metainfo, good), await openStore(metainfo, root, repair)];
  let fetched = 0;
  for (let piece = 0; piece < layout.pieceCount; piece += 1) {
    if (repair.have.has(piece)) continue;
    const size = layout.pieceSize(piece);
    const loan = await from.lend(piece, 0, size);
    const buffer = new Uint8Array(new SharedArrayBuffer(size));
    buffer.set(loan.bytes);
    loan.release();
    expect(await to.verifyAndWrite(piece, buffer)).toBe('verified');
    fetched += 1;
  }
  await to.close();
  await from.close();
  return fetched;
}

describe('repairing a published tree', () => {
  it.each<[MetainfoFormat, number]>([
    ['v2', 1],
    ['hybrid', 1],
    ['v1', 1],
  ])(
    'of a %s torrent fetches only the bad piece, and replaces the file by a rename',
    async (format, pieces) => {
      const metainfo = await makeMetainfo(format);
      const path = join(root, TOOL);
      await flipBit(path, 100_000);
      const before = await lstat(path);
      const running = await open(path, 'r');
      const damaged = await readFile(path);
      const repair = await begin(metainfo, [TOOL]);
      expect(await fetchMissing(metainfo, repair)).toBe(pieces);
      // What is open, or shares its blocks, never changes.
      expect(await readFile(path)).toEqual(damaged);
      await repair.commit();
      expect(await verifyTree(root, metainfo, { pool })).toEqual(WHOLE);
      expect((await lstat(path)).ino).not.toBe(before.ino);
      const seen = Buffer.alloc(damaged.length);
      await running.read(seen, 0, seen.length, 0);
      await running.close();
      expect(seen).toEqual(damaged);
      await expect(lstat(scratch)).rejects.toThrow('ENOENT');
    },
  );

  it('in v1 torrents takes in the files that share a bad piece', async () => {
    const metainfo = await makeMetainfo('v1');
    const layout = createPieceLayout(metainfo);
    const shared = Array.from({ length: layout.pieceCount }, (_, piece) => layout.spans(piece)).find(
      (spans) => spans.length > 1,
    )!;
    const [first, second] = shared.map(({ fileIndex }) => metainfo.files.at(fileIndex)!);
    if (first === undefined || second === undefined) throw new Error('two files share it');
    const name = join(root, ...first.path);
    await flipBit(name, (await lstat(name)).size - 1);
    const untouched = await readFile(join(root, ...second.path));
    const repair = await begin(metainfo, [first.path.join('/')]);
    expect(repair.repaired.indexes.has(second.index)).toBe(true);
    await fetchMissing(metainfo, repair);
    expect(await readFile(join(root, ...second.path))).toEqual(untouched);
    await repair.commit();
    expect(await verifyTree(root, metainfo, { pool })).toEqual(WHOLE);
  });

  it.each<[string, (path: string) => Promise<void>, number]>([
    ['is truncated', (path) => truncate(path, PIECE + 5), 3],
    ['is longer', (path) => truncate(path, 300_000), 0],
    ['is gone', (path) => rm(path), 4],
    [
      'is a directory now',
      async (path) => {
        await rm(path);
        await mkdir(path);
        await writeFile(join(path, 'inside'), 'x');
      },
      4,
    ],
    [
      'is a symlink to itself elsewhere',
      async (path) => {
        await rename(path, `${path}.moved`);
        await symlink('tool.moved', path);
      },
      4,
    ],
  ])('makes a file anew that %s', async (_, damage, pieces) => {
    const metainfo = await makeMetainfo();
    await damage(join(root, TOOL));
    const { faults } = await inspectTree(root, metainfo);
    expect([...faults.keys()]).toEqual([indexOf(metainfo, TOOL)]);
    const repair = await begin(metainfo, [TOOL]);
    expect(await fetchMissing(metainfo, repair)).toBe(pieces);
    await repair.commit();
    const { missing, damaged } = await verifyTree(root, metainfo, { pool });
    expect([missing, damaged]).toEqual([[], []]);
  });

  it('does not touch what a hard link shares with the file', async () => {
    const metainfo = await makeMetainfo();
    const other = join(directory.path, 'other');
    await flipBit(join(root, TOOL), 5);
    await link(join(root, TOOL), other);
    const before = await readFile(other);
    const repair = await begin(metainfo, [TOOL]);
    await fetchMissing(metainfo, repair);
    await repair.commit();
    expect(await readFile(other)).toEqual(before);
    expect(await verifyTree(root, metainfo, { pool })).toEqual(WHOLE);
  });

  it('goes on after a crash with what was fetched, also in the middle of the renames', async () => {
    const metainfo = await makeMetainfo();
    await flipBit(join(root, TOOL), 5);
    await flipBit(join(root, 'one-piece'), 5);
    const paths = [TOOL, 'one-piece'];
    expect((await begin(metainfo, paths)).have.count).toBe(metainfo.pieceCount - 2);
    const repair = await begin(metainfo, paths);
    expect(await fetchMissing(metainfo, repair)).toBe(2);
    const again = await begin(metainfo, paths);
    expect(again.have.isComplete).toBe(true);
    await rename(join(scratch, TOOL), join(root, TOOL));
    const last = await begin(metainfo, paths);
    expect(last.have.isComplete).toBe(true);
    await last.commit();
    expect(await verifyTree(root, metainfo, { pool })).toEqual(WHOLE);
  });
});

describe('mendTree', () => {
  it('puts permissions, symlinks and directories right, and never looks through a link', async () => {
    const metainfo = await makeMetainfo();
    const outside = join(directory.path, 'outside');
    await chmod(join(root, TOOL), 0o600);
    await chmod(join(root, 'combining'), 0o700);
    await rm(join(root, 'bin/current'));
    await rm(join(root, 'links/up'));
    await symlink('../../outside', join(root, 'links/up'));
    await rename(join(root, 'emoji'), outside);
    await symlink(outside, join(root, 'emoji'));
    const found = await inspectTree(root, metainfo);
    expect(found.directories).toEqual(expect.arrayContaining(['combining', 'emoji']));
    expect(found.faults.get(indexOf(metainfo, 'emoji/🦈🌊'))).toBe('missing');
    expect(await mendTree(root, metainfo, found, scratch)).toBe(5);
    const left = await inspectTree(root, metainfo);
    expect([left.directories, [...left.faults.values()]]).toEqual([[], ['missing']]);
    expect((await lstat(join(outside, '🦈🌊'))).isFile()).toBe(true);
  });
});

describe('changes since a moment', () => {
  const walk = (since: number) => changedSince(root, since, () => Promise.resolve());

  it.each<[string, () => Promise<unknown>]>([
    [
      'content with its mtime set back',
      async () => {
        const path = join(root, TOOL);
        const { atime, mtime } = await lstat(path);
        await flipBit(path, 7);
        const file = await open(path, 'r+');
        await file.utimes(atime, mtime);
        await file.close();
      },
    ],
    ['another file moved into place', async () => rename(join(good, TOOL), join(root, TOOL))],
    ['a mode', () => chmod(join(root, TOOL), 0o600)],
    ['a file added', () => writeFile(join(root, 'links/new'), '')],
    ['a file removed', () => rm(join(root, TOOL))],
    ['the tree removed', () => rm(root, { recursive: true })],
  ])('show %s', async (_, change) => {
    // The file system's clock, which is a few milliseconds behind the process's.
    const mark = join(directory.path, 'mark');
    const now = async (): Promise<number> => {
      await writeFile(mark, 'x');
      return (await lstat(mark)).ctimeMs;
    };
    const since = await now();
    while ((await now()) <= since);
    expect(await walk(since)).toBe(false);
    await change();
    expect(await walk(since)).toBe(true);
  });
});
