import { createHash } from 'node:crypto';
import { mkdir, open, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileTreeHasher, type ManifestEntry, type MetainfoFormat, parseMetainfo } from '@shoal/protocol';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTorrent } from './create-torrent.ts';
import { createHashPool } from './hash-pool.ts';
import { hashTree, hashV1Pieces } from './hash-tree.ts';
import { readTree } from './read-tree.ts';
import { scanTree } from './scan-tree.ts';
import { collect, noise, temporaryDirectory, VARIED_TREE, writeTree } from './tree-fixture.ts';

const PIECE = 64 * 1024;
const BLOCK = 16 * 1024;

const pool = createHashPool();
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let root: string;
beforeEach(async () => {
  directory = await temporaryDirectory();
  root = join(directory.path, 'root');
  await mkdir(root);
});
afterEach(async () => {
  await directory.remove();
});
afterAll(async () => {
  await pool.close();
});

async function contents(entries: readonly ManifestEntry[]): Promise<Buffer[]> {
  const files = entries.filter((entry) => entry.kind === 'file');
  return Promise.all(files.map((file) => readFile(join(root, ...file.path))));
}

function sha1OfPieces(stream: Buffer): Buffer {
  const digests = [];
  for (let at = 0; at < stream.length; at += PIECE) {
    digests.push(
      createHash('sha1')
        .update(stream.subarray(at, at + PIECE))
        .digest(),
    );
  }
  return Buffer.concat(digests);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((PIECE - (bytes.length % PIECE)) % PIECE)]);
}

describe('hashTree', () => {
  it.each<MetainfoFormat>(['v1', 'v2', 'hybrid'])(
    'finds what a plain reading of a %s tree finds',
    async (format) => {
      // Longer than one job, so that parts of a file are hashed apart.
      await writeTree(root, { ...VARIED_TREE, large: noise(20 * 1024 * 1024 + 3, 'large') });
      const { entries } = await scanTree(root);
      const files = await contents(entries);
      const progress: number[] = [];
      const hashed = await hashTree(
        root,
        entries,
        { format, pieceLength: PIECE },
        {
          pool,
          onProgress: (done, total) => progress.push(done / total),
        },
      );

      const stream = Buffer.concat(format === 'hybrid' ? files.map(padded) : files);
      const v1Pieces = hashed.v1Pieces === undefined ? undefined : Buffer.from(hashed.v1Pieces);
      expect(v1Pieces).toEqual(format === 'v2' ? undefined : sha1OfPieces(stream));

      const roots = [...hashed.entries].flatMap((entry) => (entry.kind === 'file' ? [entry.piecesRoot] : []));
      const expected = files.map((bytes) => {
        if (format === 'v1' || bytes.length === 0) return undefined;
        const tree = new FileTreeHasher(PIECE);
        for (let at = 0; at < bytes.length; at += BLOCK) {
          tree.addLeaf(
            createHash('sha256')
              .update(bytes.subarray(at, at + BLOCK))
              .digest(),
          );
        }
        const { piecesRoot, pieceLayer } = tree.finish();
        expect(hashed.pieceLayers.get(Buffer.from(piecesRoot).toString('hex'))).toEqual(pieceLayer);
        return new Uint8Array(piecesRoot);
      });
      expect(roots).toEqual(expected);
      expect(progress.at(-1)).toBe(1);
    },
  );

  it('notices a file whose length changed since the tree was listed', async () => {
    await writeTree(root, { a: noise(100, 'a'), b: noise(100, 'b') });
    const { entries } = await scanTree(root);
    await truncate(join(root, 'b'), 99);
    const path = join(root, 'b');
    const profile = { format: 'v2', pieceLength: PIECE } as const;
    await expect(hashTree(root, entries, profile, { pool })).rejects.toMatchObject({
      code: 'SHOAL_TREE_CHANGED',
      path,
    });
    const read = collect(readTree(root, entries));
    await expect(read).rejects.toMatchObject({ code: 'SHOAL_TREE_CHANGED', path });
  });

  it('stops when it is told to', async () => {
    await writeTree(root, VARIED_TREE);
    const { entries } = await scanTree(root);
    const signal = AbortSignal.abort(new Error('enough'));
    const profile = { format: 'v2', pieceLength: PIECE } as const;
    await expect(hashTree(root, entries, profile, { pool, signal })).rejects.toThrow('enough');
  });
});

describe('createTorrent', () => {
  it('names and announces as asked, and chooses the profile', async () => {
    await writeTree(root, VARIED_TREE);
    const init = { pool, private: true, source: 'default', announce: 'http://127.0.0.1:1/announce' };
    const { bytes, metainfo } = await createTorrent(root, { ...init, name: 'web' });
    expect(parseMetainfo(bytes)).toEqual(metainfo);
    expect(metainfo).toMatchObject({ name: 'web', private: true, source: 'default', pieceLength: PIECE });
    expect(metainfo.announceTiers).toEqual([[init.announce]]);
    expect((await createTorrent(root, { pool })).metainfo.name).toBe('root');
  });

  it('makes a single-file torrent of a file', async () => {
    await writeFile(join(root, 'image.bin'), noise(PIECE, 'one piece'));
    const { metainfo } = await createTorrent(join(root, 'image.bin'), { pool });
    expect(metainfo).toMatchObject({ singleFile: true, name: 'image.bin', format: 'hybrid', pieceCount: 1 });
  });

  it('hashes 1 GiB of a sparse file in bounded memory', async () => {
    const file = await open(join(root, 'sparse'), 'w');
    await file.truncate(1024 ** 3);
    await file.close();
    const before = process.memoryUsage().arrayBuffers;
    const { metainfo } = await createTorrent(join(root, 'sparse'), { pool, format: 'v2' });
    expect(metainfo.pieceCount).toBe(1024);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
  });
});

describe('readTree', () => {
  it('gives the bytes of the files in order, from any offset, in bounded chunks', async () => {
    await writeTree(root, { ...VARIED_TREE, large: noise(700_000, 'large') });
    const { entries } = await scanTree(root);
    const whole = Buffer.concat(await contents(entries));
    for (const offset of [0, 1, 5, 200_000, whole.length - 1, whole.length]) {
      const chunks = await collect(readTree(root, entries, offset));
      expect(Buffer.concat(chunks).equals(whole.subarray(offset))).toBe(true);
      expect(chunks.every((chunk) => chunk.length > 0 && chunk.length <= 256 * 1024)).toBe(true);
    }
  });
});

describe('hashV1Pieces', () => {
  it.each<MetainfoFormat>(['v1', 'hybrid'])(
    'finds the SHA-1 digests that hashTree finds (%s)',
    async (format) => {
      await writeTree(root, VARIED_TREE);
      const { entries } = await scanTree(root);
      const profile = { format, pieceLength: PIECE };
      const { v1Pieces } = await hashTree(root, entries, profile, { pool });
      expect(await hashV1Pieces(root, entries, profile, { pool })).toEqual(v1Pieces);
    },
  );
});
