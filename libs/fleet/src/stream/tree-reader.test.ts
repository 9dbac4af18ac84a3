import { randomFillSync } from 'node:crypto';
import { mkdtemp, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MetainfoFile } from '@shoal/protocol';
import { createHashPool, createTorrent, OpenFiles } from '@shoal/session';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTreeReader } from './tree-reader.ts';

const CONTENT = randomFillSync(Buffer.alloc(700_000));
let root: string;
let file: MetainfoFile;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'shoal-tree-reader-'));
  await writeFile(join(root, 'a'), CONTENT);
  const pool = createHashPool();
  const { metainfo } = await createTorrent(root, { pool, format: 'v2' });
  await pool.close();
  const [found] = Array.from(metainfo.files);
  if (found?.kind !== 'file') throw new Error('no file');
  file = found;
});
afterAll(() => rm(root, { recursive: true, force: true }));

const openFiles = async (): Promise<number> => (await readdir('/proc/self/fd')).length;

describe('a reader of a file in its place', () => {
  it('reads a range in order, with nothing open between two reads, and ends', async () => {
    const before = await openFiles();
    const reader = openTreeReader(new OpenFiles(), root, file, { start: 7, end: 600_000 });
    const chunks: Uint8Array[] = [];
    for (let bytes = await reader.read(); bytes !== undefined; bytes = await reader.read()) {
      chunks.push(bytes);
      expect(await openFiles()).toBe(before);
    }
    expect(chunks.length).toBeGreaterThan(1);
    expect(Buffer.concat(chunks).equals(CONTENT.subarray(7, 600_000))).toBe(true);
  });

  it('reads nothing once it is closed', async () => {
    const reader = openTreeReader(new OpenFiles(), root, file, { start: 0, end: 10 });
    reader.close();
    expect(await reader.read()).toBeUndefined();
  });

  it('follows no link and invents nothing for a file that was cut short', async () => {
    const other = await mkdtemp(join(tmpdir(), 'shoal-tree-reader-'));
    await symlink(join(root, 'a'), join(other, 'a'));
    const range = { start: 0, end: file.length };
    await expect(openTreeReader(new OpenFiles(), other, file, range).read()).rejects.toMatchObject({
      code: 'ELOOP',
    });
    await rm(other, { recursive: true });
    await truncate(join(root, 'a'), 100);
    const reader = openTreeReader(new OpenFiles(), root, file, range);
    expect(await reader.read()).toHaveLength(100);
    await expect(reader.read()).rejects.toMatchObject({ code: 'SHOAL_STREAM_FILE_CHANGED' });
  });
});
