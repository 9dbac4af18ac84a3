import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OpenFiles } from './open-files.ts';

const FILES = 20;
const MAX = 4;

let directory: string;
let files: OpenFiles;
/** Every handle that was ever used, once. */
let seen: Set<FileHandle>;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'shoal-open-files-'));
  files = new OpenFiles(MAX);
  seen = new Set();
  for (let key = 0; key < FILES; key += 1) await writeFile(path(key), String(key));
});
afterEach(async () => {
  await files.close();
  await rm(directory, { recursive: true });
});

const path = (key: number): string => join(directory, String(key));
/** A closed handle has no descriptor. */
const openCount = (): number => [...seen].filter(({ fd }) => fd !== -1).length;

function read(key: number): Promise<string> {
  return files.with(key, path(key), async (handle) => {
    seen.add(handle);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0);
    return buffer.toString('latin1', 0, bytesRead);
  });
}

/** Reads that end let files be closed in the background: resolves when no more than `count` are open. */
const untilOpen = (count: number): Promise<void> =>
  expect.poll(openCount, { interval: 1, timeout: 5_000 }).toBeLessThanOrEqual(count);

describe('open files', () => {
  it('are as many as allowed, however many are read one after the other', async () => {
    for (let key = 0; key < FILES; key += 1) {
      expect(await read(key)).toBe(String(key));
      await untilOpen(MAX);
    }
    expect(seen.size).toBe(FILES);
  });

  it('are as many as allowed again, after many were read at the same time', async () => {
    const keys = Array.from({ length: FILES }, (_, key) => key);
    expect(await Promise.all(keys.map(read))).toEqual(keys.map(String));
    await untilOpen(MAX);
  });

  it('stay open while they are read again and again', async () => {
    for (let round = 0; round < 3; round += 1) for (let key = 0; key < MAX; key += 1) await read(key);
    expect(seen.size).toBe(MAX);
  });

  it('are all closed in the end', async () => {
    await Promise.all([read(0), read(1)]);
    await files.close();
    expect(openCount()).toBe(0);
  });
});
