import { lstat, mkdir, readFile, readlink, rename, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createPieceLayout, type Metainfo, type MetainfoFormat } from '@shoal/protocol';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ContentStore } from '../ports/content-store.ts';
import { createTorrent } from './create-torrent.ts';
import { openDirectoryStore } from './directory-store.ts';
import { createHashPool } from './hash-pool.ts';
import { scanTree } from './scan-tree.ts';
import { SPAN_BYTES } from './constants.ts';
import { OpenFiles } from './open-files.ts';
import { SpanCache } from './span-cache.ts';
import { noise, temporaryDirectory, VARIED_TREE, writeTree } from './tree-fixture.ts';
import { verifyTree } from './verify-tree.ts';

const pool = createHashPool();
const cache = new SpanCache(4 * 1024 * 1024);
/** One for all stores: they must never wait for each other. */
const files = new OpenFiles(1);
let source: Awaited<ReturnType<typeof temporaryDirectory>>;
let target: Awaited<ReturnType<typeof temporaryDirectory>>;
let stores: ContentStore[] = [];

beforeAll(async () => {
  source = await temporaryDirectory();
  await writeTree(source.path, VARIED_TREE);
});
afterAll(async () => {
  await source.remove();
  await pool.close();
});
beforeEach(async () => {
  target = await temporaryDirectory();
});
afterEach(async () => {
  await Promise.all(stores.map((store) => store.close()));
  stores = [];
  await target.remove();
});

async function openStore(metainfo: Metainfo, root: string, create: boolean): Promise<ContentStore> {
  const store = await openDirectoryStore({ pool, cache, files }, { metainfo, root, create });
  stores.push(store);
  await store.arrange({ isWanted: () => true, isFetched: true });
  return store;
}

async function makeMetainfo(format: MetainfoFormat): Promise<Metainfo> {
  return (await createTorrent(source.path, { pool, format, name: 'fixture' })).metainfo;
}

async function readPiece(store: ContentStore, metainfo: Metainfo, piece: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(new SharedArrayBuffer(createPieceLayout(metainfo).pieceSize(piece)));
  const blocks = Array.from({ length: Math.ceil(bytes.length / 16_384) }, (_, i) => i * 16_384);
  await Promise.all(blocks.map((at) => read(store, piece, at, bytes.subarray(at, at + 16_384))));
  return bytes;
}

async function read(store: ContentStore, piece: number, begin: number, target: Uint8Array): Promise<void> {
  const loan = await store.lend(piece, begin, target.length);
  target.set(loan.bytes);
  loan.release();
}

async function copyAll(metainfo: Metainfo, from: ContentStore, to: ContentStore): Promise<void> {
  const pieces = Array.from({ length: metainfo.pieceCount }, (_, piece) => piece);
  // Backwards: order must not matter.
  for (const piece of pieces.reverse()) {
    expect(await to.verifyAndWrite(piece, await readPiece(from, metainfo, piece))).toBe('verified');
  }
}

describe.each<MetainfoFormat>(['v1', 'v2', 'hybrid'])('a store of a %s torrent', (format) => {
  it('takes a tree piece by piece and ends with the same tree', async () => {
    const metainfo = await makeMetainfo(format);
    const root = join(target.path, 'tree');
    const [from, to] = [await openStore(metainfo, source.path, false), await openStore(metainfo, root, true)];
    await copyAll(metainfo, from, to);
    await to.sync();
    expect(await verifyTree(root, metainfo, { pool })).toEqual({ missing: [], damaged: [], extra: [] });
    expect((await scanTree(root)).entries).toEqual((await scanTree(source.path)).entries);
    for (const [path, entry] of Object.entries(VARIED_TREE)) {
      const absolute = join(root, path);
      if ('link' in entry) expect(await readlink(absolute)).toBe(entry.link);
      else {
        const bytes = 'executable' in entry ? entry.executable : entry;
        expect((await readFile(absolute)).equals(bytes)).toBe(true);
        expect((await lstat(absolute)).mode & 0o7777).toBe('executable' in entry ? 0o755 : 0o644);
      }
    }
  });

  it('knows which pieces of an existing tree are good', async () => {
    const metainfo = await makeMetainfo(format);
    const root = join(target.path, 'tree');
    const [from, to] = [await openStore(metainfo, source.path, false), await openStore(metainfo, root, true)];
    const zeros = createPieceLayout(metainfo);
    const isZero = (piece: number): boolean =>
      zeros
        .spans(piece)
        .every((span) => metainfo.files.at(span.fileIndex)?.path.join('/') === 'zeros/sparse');
    for (let piece = 0; piece < metainfo.pieceCount; piece += 1) {
      // A sparse file of zeros is right before anything was written.
      expect(await to.verifyExisting(piece)).toBe(isZero(piece));
    }
    await copyAll(metainfo, from, to);
    expect(await to.verifyExisting(0)).toBe(true);
    await truncate(join(root, 'one-piece'), 10);
    const damaged = [];
    for (let piece = 0; piece < metainfo.pieceCount; piece += 1) {
      if (!(await to.verifyExisting(piece))) damaged.push(piece);
    }
    const touched = [];
    for (let piece = 0; piece < metainfo.pieceCount; piece += 1) {
      const files = zeros.spans(piece).map((span) => metainfo.files.at(span.fileIndex)?.path.join('/'));
      if (files.includes('one-piece')) touched.push(piece);
    }
    expect(damaged).toEqual(touched);
  });
});

describe('a directory store', () => {
  it('refuses a piece that does not match, and writes none of it', async () => {
    const metainfo = await makeMetainfo('v2');
    const root = join(target.path, 'tree');
    const store = await openStore(metainfo, root, true);
    const bytes = new Uint8Array(new SharedArrayBuffer(createPieceLayout(metainfo).pieceSize(0))).fill(7);
    expect(await store.verifyAndWrite(0, bytes)).toBe('mismatch');
    const [file] = [...metainfo.files].filter((entry) => entry.length > 0);
    expect((await readFile(join(root, ...(file?.path ?? [])))).every((byte) => byte === 0)).toBe(true);
  });

  it('reads what was repaired, not what it had read before', async () => {
    const metainfo = await makeMetainfo('v1');
    const root = join(target.path, 'tree');
    const [from, to] = [await openStore(metainfo, source.path, false), await openStore(metainfo, root, true)];
    await copyAll(metainfo, from, to);
    await writeFile(join(root, 'README.md'), 'hello');
    const good = await readPiece(from, metainfo, 0);
    expect(Buffer.compare(await readPiece(to, metainfo, 0), good)).not.toBe(0);
    expect(await to.verifyAndWrite(0, good)).toBe('verified');
    expect(Buffer.compare(await readPiece(to, metainfo, 0), good)).toBe(0);
  });

  it('follows its directory when that is renamed', async () => {
    const metainfo = await makeMetainfo('hybrid');
    const root = join(target.path, 'incoming');
    const [from, to] = [await openStore(metainfo, source.path, false), await openStore(metainfo, root, true)];
    await copyAll(metainfo, from, to);
    const moved = join(target.path, 'moved');
    await rename(root, moved);
    to.relocate(moved);
    cache.dropOwner(''); // every store's: what follows is read from the files
    for (let piece = 0; piece < metainfo.pieceCount; piece += 1) {
      const expected = await readPiece(from, metainfo, piece);
      expect(Buffer.compare(await readPiece(to, metainfo, piece), expected)).toBe(0);
    }
  });

  it('lends bytes that lie in two spans, for peers that ask for other ranges than blocks', async () => {
    const content = noise(SPAN_BYTES + 40_000, 'two spans');
    const root = join(target.path, 'two');
    await writeTree(root, { file: content });
    const { metainfo } = await createTorrent(root, { pool, format: 'v2', pieceLength: 2 * SPAN_BYTES });
    const store = await openStore(metainfo, root, false);
    const loan = await store.lend(0, SPAN_BYTES - 10, 16_384);
    expect(Buffer.compare(loan.bytes, content.subarray(SPAN_BYTES - 10, SPAN_BYTES - 10 + 16_384))).toBe(0);
    loan.release();
  });

  it('serves more files than it keeps open', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 300 }, (_, i) => [`f${String(i)}`, noise(50, String(i))]),
    );
    const root = join(target.path, 'many');
    await writeTree(root, many);
    const { metainfo } = await createTorrent(root, { pool, format: 'v2' });
    const store = await openStore(metainfo, root, false);
    const layout = createPieceLayout(metainfo);
    await Promise.all(
      Array.from({ length: 300 }, async (_, piece) => {
        const bytes = await readPiece(store, metainfo, piece);
        const path = metainfo.files.at(layout.spans(piece)[0]!.fileIndex)!.path.join('/');
        expect(Buffer.compare(bytes, many[path]!)).toBe(0);
      }),
    );
  });

  it('never writes through a symlink, nor into one that took the place of a directory', async () => {
    const metainfo = await makeMetainfo('v2');
    const outside = join(target.path, 'outside');
    await mkdir(outside);
    const file = join(target.path, 'file');
    await mkdir(file);
    await symlink(join(outside, 'README.md'), join(file, 'README.md'));
    await expect(openStore(metainfo, file, true)).rejects.toMatchObject({ code: 'SHOAL_STORE_IO' });
    const directory = join(target.path, 'directory');
    await mkdir(directory);
    await symlink(outside, join(directory, 'bin'));
    await expect(openStore(metainfo, directory, true)).rejects.toMatchObject({ code: 'SHOAL_STORE_IO' });
    await expect(lstat(join(outside, 'README.md'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('sets modes whatever the umask', async () => {
    const metainfo = await makeMetainfo('v2');
    const root = join(target.path, 'tree');
    await openStore(metainfo, root, true);
    const modeOf = async (path: string): Promise<number> => (await lstat(join(root, path))).mode & 0o7777;
    expect(await Promise.all(['README.md', 'bin/tool', 'bin'].map(modeOf))).toEqual([0o644, 0o755, 0o755]);
  });

  it('names the file that is missing or too short, and goes on', async () => {
    const metainfo = await makeMetainfo('v1');
    const root = join(target.path, 'tree');
    const store = await openStore(metainfo, root, true);
    await truncate(join(root, 'README.md'), 1);
    await expect(store.lend(0, 0, 16)).rejects.toMatchObject({ code: 'SHOAL_STORE_MISSING' });
    await truncate(join(root, 'README.md'), 5);
    (await store.lend(0, 0, 16)).release();
    await expect(store.lend(0, metainfo.pieceLength, 16)).rejects.toThrow(RangeError);
  });

  it('refuses work once it is closed', async () => {
    const store = await openStore(await makeMetainfo('v1'), join(target.path, 'tree'), true);
    await store.close();
    await store.close();
    await expect(store.lend(0, 0, 1)).rejects.toMatchObject({ code: 'SHOAL_STORE_CLOSED' });
    await expect(store.sync()).rejects.toMatchObject({ code: 'SHOAL_STORE_CLOSED' });
  });
});
