import { execFileSync } from 'node:child_process';
import { chmod, lstat, open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bitfield, createPieceLayout, type Metainfo, type MetainfoFormat } from '@shoal/protocol';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTorrent } from './create-torrent.ts';
import { createHashPool } from './hash-pool.ts';
import { reuseFiles, type ReuseFilesInit } from './reuse-files.ts';
import { temporaryDirectory, VARIED_TREE, writeTree } from './tree-fixture.ts';
import { verifyTree } from './verify-tree.ts';

const TOOL = 'bin/tool'; // 200,001 bytes: four pieces
/** Made later, by whoever knows that all files are verified. */
const SYMLINKS = ['bin/current', 'links/chain', 'links/directory', 'links/up'];
const WHOLE = { missing: SYMLINKS, damaged: [], extra: [] };

const pool = createHashPool();
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let old: string;
let root: string;
beforeEach(async () => {
  directory = await temporaryDirectory();
  old = join(directory.path, 'old');
  root = join(directory.path, 'new');
  await writeTree(old, VARIED_TREE);
});
afterEach(() => directory.remove());
afterAll(() => pool.close());

async function makeMetainfo(format: MetainfoFormat = 'v2'): Promise<Metainfo> {
  return (await createTorrent(old, { pool, format, pieceLength: 65_536, name: 'fixture' })).metainfo;
}

/** Fills `root` with what `old` has, or what `init` says. */
async function reuse(metainfo: Metainfo, init: Partial<ReuseFilesInit> = {}) {
  let bytes = 0;
  const have = await reuseFiles(pool, {
    metainfo,
    root,
    sourceOf: ({ path }) => join(old, ...path),
    onReused: (count) => (bytes += count),
    signal: new AbortController().signal,
    ...init,
  });
  return { have, bytes };
}

/** The pieces of a file, by whether they are there. */
function piecesOf(metainfo: Metainfo, path: string, have: Bitfield): boolean[] {
  const layout = createPieceLayout(metainfo);
  return Array.from({ length: metainfo.pieceCount }, (_, piece) => piece)
    .filter((piece) => metainfo.files.at(layout.spans(piece)[0]!.fileIndex)!.path.join('/') === path)
    .map((piece) => have.has(piece));
}

describe('reuseFiles', () => {
  it.each<MetainfoFormat>(['v2', 'hybrid'])(
    'fills a whole %s tree, with modes and without symlinks',
    async (format) => {
      const metainfo = await makeMetainfo(format);
      const { have, bytes } = await reuse(metainfo);
      expect([have.isComplete, bytes]).toEqual([true, metainfo.totalSize]);
      expect(await verifyTree(root, metainfo, { pool })).toEqual(WHOLE);
    },
  );

  it('fills the files it is told of and lays the others out', async () => {
    const metainfo = await makeMetainfo();
    const { have, bytes } = await reuse(metainfo, {
      sourceOf: ({ path }) => (path.join('/') === TOOL ? join(old, TOOL) : undefined),
    });
    expect([have.count, bytes]).toEqual([4, 200_001]);
    const { missing, damaged } = await verifyTree(root, metainfo, { pool });
    expect([missing, damaged.includes(TOOL), damaged.includes('one-piece')]).toEqual([SYMLINKS, false, true]);
  });

  it('fills and lays out what is wanted, and nothing else', async () => {
    const metainfo = await makeMetainfo();
    const { bytes } = await reuse(metainfo, { isWanted: ({ path }) => path.join('/') === TOOL });
    expect(bytes).toBe(200_001);
    expect(await readdir(root, { recursive: true })).toEqual(['bin', TOOL]);
  });

  it('gives a file the mode of its own tree, and leaves that of the other alone', async () => {
    const metainfo = await makeMetainfo();
    await chmod(join(old, TOOL), 0o600);
    expect((await reuse(metainfo)).have.isComplete).toBe(true);
    const modes = await Promise.all(
      [old, root].map(async (tree) => (await lstat(join(tree, TOOL))).mode & 0o777),
    );
    expect(modes).toEqual([0o600, 0o755]);
  });

  it('shares no file: writing to the one does not change the other', async () => {
    const metainfo = await makeMetainfo();
    await reuse(metainfo);
    await writeFile(join(old, TOOL), 'changed');
    expect(await verifyTree(root, metainfo, { pool })).toEqual(WHOLE);
  });

  it('takes the pieces that are still right of a file whose bytes were changed in place', async () => {
    const metainfo = await makeMetainfo();
    const { atime, mtime } = await lstat(join(old, TOOL));
    const file = await open(join(old, TOOL), 'r+');
    await file.write(Buffer.from([0]), 0, 1, 70_000);
    // As bits that flip on a disk do: nothing but the content tells.
    await file.utimes(atime, mtime);
    await file.close();
    const { have, bytes } = await reuse(metainfo);
    expect(piecesOf(metainfo, TOOL, have)).toEqual([true, false, true, true]);
    expect(bytes).toBe(metainfo.totalSize - 65_536);
  });

  it.each<[string, (path: string) => Promise<unknown>]>([
    ['gone', (path) => rm(path)],
    ['shorter', (path) => truncate(path, 100_000)],
    ['longer', (path) => writeFile(path, 'more', { flag: 'a' })],
    ['a pipe', async (path) => rm(path).then(() => execFileSync('mkfifo', [path]))],
    ['a directory', async (path) => rm(path).then(() => writeTree(path, { file: new Uint8Array(1) }))],
  ])('goes without a file that is %s', async (_, change) => {
    const metainfo = await makeMetainfo();
    await change(join(old, TOOL));
    const { have } = await reuse(metainfo);
    expect(piecesOf(metainfo, TOOL, have)).toEqual([false, false, false, false]);
    expect(have.count).toBe(metainfo.pieceCount - 4);
  });

  it('keeps holes', async () => {
    const path = join(old, 'zeros/sparse');
    await rm(path);
    await writeFile(path, '');
    await truncate(path, 50 * 1024 * 1024);
    const metainfo = await makeMetainfo();
    expect((await reuse(metainfo)).have.isComplete).toBe(true);
    expect((await lstat(join(root, 'zeros/sparse'))).blocks).toBe((await lstat(path)).blocks);
  });

  it('does over what a run before it left', async () => {
    const metainfo = await makeMetainfo();
    await writeTree(root, { [TOOL]: new Uint8Array(300_000).fill(1), 'one-piece': new Uint8Array(10) });
    expect((await reuse(metainfo)).have.isComplete).toBe(true);
    expect(await verifyTree(root, metainfo, { pool })).toEqual(WHOLE);
  });

  it('stops when it is told to', async () => {
    const ended = new AbortController();
    const reason = new Error('not wanted any more');
    const onReused = (): void => ended.abort(reason);
    const reusing = reuse(await makeMetainfo(), { signal: ended.signal, onReused });
    await expect(reusing).rejects.toBe(reason);
    expect(await readFile(join(old, 'README.md'))).toHaveLength(5);
  });

  it('fails with a typed error when the tree cannot be written', async () => {
    const metainfo = await makeMetainfo();
    await writeTree(directory.path, { new: new Uint8Array(1) });
    await expect(reuse(metainfo)).rejects.toMatchObject({ name: 'StoreError' });
  });
});
