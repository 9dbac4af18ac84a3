import {
  chmod,
  lstat,
  mkdir,
  open,
  readFile,
  readdir,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import type { Metainfo } from '@shoal/protocol';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTorrent } from './create-torrent.ts';
import { createHashPool } from './hash-pool.ts';
import { mergeTree, publishTree, removeTree } from './publish-tree.ts';
import { noise, temporaryDirectory, VARIED_TREE, writeTree } from './tree-fixture.ts';
import { verifyTree } from './verify-tree.ts';

const pool = createHashPool();
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let incoming: string;
beforeEach(async () => {
  directory = await temporaryDirectory();
  incoming = join(directory.path, 'incoming');
  await writeTree(incoming, VARIED_TREE);
});
afterEach(async () => {
  await directory.remove();
});
afterAll(async () => {
  await pool.close();
});

describe('publishTree', () => {
  it('moves a whole tree to a place whose parents are missing', async () => {
    const { metainfo } = await createTorrent(incoming, { pool });
    const final = join(directory.path, 'a/b/final');
    await publishTree(incoming, final);
    expect(await verifyTree(final, metainfo, { pool })).toEqual({ missing: [], damaged: [], extra: [] });
    expect(await readdir(directory.path)).toEqual(['a']);
  });

  it.each([
    ['a tree', async (final: string) => writeTree(final, { old: noise(3, 'old') })],
    ['an empty directory', async (final: string) => mkdir(final)],
    ['a dangling symlink', async (final: string) => symlink('nothing', final)],
  ])('overwrites nothing: %s', async (_, occupy) => {
    const final = join(directory.path, 'final');
    await occupy(final);
    await expect(publishTree(incoming, final)).rejects.toMatchObject({ code: 'SHOAL_STORE_IO', path: final });
    expect(await readFile(join(incoming, 'README.md'))).toHaveLength(5);
  });

  it('fails when there is nothing to publish', async () => {
    const final = join(directory.path, 'final');
    const published = publishTree(join(directory.path, 'nothing'), final);
    await expect(published).rejects.toMatchObject({ code: 'SHOAL_STORE_MISSING' });
  });
});

describe('removeTree', () => {
  it('removes a tree, and does not mind when there is none', async () => {
    await removeTree(incoming);
    await removeTree(incoming);
    expect(await readdir(directory.path)).toEqual([]);
  });
});

describe('mergeTree', () => {
  it('adds the entries of a tree to another, and leaves nothing behind', async () => {
    const final = join(directory.path, 'final');
    await mkdir(join(final, 'zeros'), { recursive: true });
    await writeFile(join(final, 'zeros', 'other'), 'kept');
    const before = await readdir(incoming, { recursive: true });
    await mergeTree(incoming, final);
    expect(new Set(await readdir(final, { recursive: true }))).toEqual(new Set([...before, 'zeros/other']));
    expect(await readFile(join(final, 'zeros', 'other'), 'utf8')).toBe('kept');
    await expect(lstat(incoming)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('overwrites nothing, and can go on when that is out of the way', async () => {
    const final = join(directory.path, 'final');
    await mkdir(final);
    await writeFile(join(final, 'README.md'), 'mine');
    const before = await readdir(incoming, { recursive: true });
    await expect(mergeTree(incoming, final)).rejects.toMatchObject({ code: 'SHOAL_STORE_IO' });
    expect(await readFile(join(final, 'README.md'), 'utf8')).toBe('mine');
    await rm(join(final, 'README.md'));
    await mergeTree(incoming, final);
    expect(new Set(await readdir(final, { recursive: true }))).toEqual(new Set(before));
  });
});

it('mergeTree replaces what is there when it may, and who has that open keeps it', async () => {
  const final = join(directory.path, 'final');
  await mkdir(join(final, 'one-piece'), { recursive: true });
  await writeFile(join(final, 'README.md'), 'damaged');
  const before = await readdir(incoming, { recursive: true });
  const reader = await open(join(final, 'README.md'));
  await mergeTree(incoming, final, { replace: true });
  expect(await reader.readFile('utf8')).toBe('damaged');
  await reader.close();
  expect(await readFile(join(final, 'README.md'), 'utf8')).not.toBe('damaged');
  expect((await lstat(join(final, 'one-piece'))).isFile()).toBe(true);
  expect(new Set(await readdir(final, { recursive: true }))).toEqual(new Set(before));
});

it('mergeTree goes through no symlink that is in the place of a directory', async () => {
  const final = join(directory.path, 'final');
  const outside = join(directory.path, 'outside');
  await mkdir(final);
  await mkdir(outside);
  await symlink(outside, join(final, 'bin'));
  await expect(mergeTree(incoming, final)).rejects.toMatchObject({ code: 'SHOAL_STORE_IO' });
  expect(await readdir(outside)).toEqual([]);
});

describe('verifyTree', () => {
  let metainfo: Metainfo;
  beforeEach(async () => {
    ({ metainfo } = await createTorrent(incoming, { pool, format: 'v2' }));
  });

  it('names what is missing, damaged and extra', async () => {
    const at = (path: string): string => join(incoming, path);
    await rm(at('links/chain'));
    await rm(at('עברית'), { recursive: true });
    await chmod(at('bin/tool'), 0o644);
    await truncate(at('one-piece'), 1);
    await rm(at('links/up'));
    await symlink('../README.md', at('links/up'));
    await writeFile(at('README.md'), '12345');
    await writeFile(at('extra file'), '');
    await mkdir(at('extra/deep'), { recursive: true });
    expect(await verifyTree(incoming, metainfo, { pool })).toEqual({
      missing: ['links/chain', 'עברית/ไทย/हिन्दी'],
      damaged: ['README.md', 'bin/tool', 'links/up', 'one-piece'],
      extra: ['extra', 'extra file'],
    });
  });

  it('does not call what lies beside a single file extra', async () => {
    const single = await createTorrent(join(incoming, 'one-piece'), { pool });
    expect(await verifyTree(incoming, single.metainfo, { pool })).toEqual({
      missing: [],
      damaged: [],
      extra: [],
    });
  });

  it('finds everything missing where there is no tree', async () => {
    const root = join(directory.path, 'nothing');
    const differences = await verifyTree(root, metainfo, { pool });
    expect(differences.missing).toHaveLength(metainfo.files.length);
  });
});
