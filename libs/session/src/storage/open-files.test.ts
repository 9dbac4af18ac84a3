import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OpenFiles } from './open-files.ts';

const FILES = 20;
const MAX = 4;
const NUMBERS = Array.from({ length: FILES }, (_, number) => number);

let directory: string;
let files: OpenFiles;
/** Every handle that was ever used, once. */
let seen: Set<FileHandle>;
/** The most of them that were open at any one time. */
let mostOpen: number;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'shoal-open-files-'));
  files = new OpenFiles(MAX);
  seen = new Set();
  mostOpen = 0;
  await Promise.all(NUMBERS.map((number) => writeFile(path(number), String(number))));
});
afterEach(async () => {
  await files.close('');
  await rm(directory, { recursive: true });
});

const path = (number: number): string => join(directory, String(number));
/** A closed handle has no descriptor. */
const openCount = (): number => [...seen].filter(({ fd }) => fd !== -1).length;

function read(number: number, owner = 'a/'): Promise<string> {
  return files.with(`${owner}${String(number)}`, path(number), async (handle) => {
    seen.add(handle);
    mostOpen = Math.max(mostOpen, openCount());
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0);
    return buffer.toString('latin1', 0, bytesRead);
  });
}

describe('open files', () => {
  it('are as many as allowed, however many are read one after the other', async () => {
    for (const number of NUMBERS) expect(await read(number)).toBe(String(number));
    expect(seen.size).toBe(FILES);
    expect(mostOpen).toBe(MAX);
  });

  it('are as many as allowed while many are read at the same time, of several torrents', async () => {
    const owners = ['a/', 'b/', 'c/'];
    const reads = owners.flatMap((owner) => NUMBERS.map((number) => read(number, owner)));
    expect(await Promise.all(reads)).toEqual(owners.flatMap(() => NUMBERS.map(String)));
    expect(seen.size).toBe(owners.length * FILES);
    expect(mostOpen).toBe(MAX);
  });

  it('stay open while they are read again and again', async () => {
    for (let round = 0; round < 3; round += 1)
      for (let number = 0; number < MAX; number += 1) await read(number);
    expect(seen.size).toBe(MAX);
  });

  it('are opened once by all who wait for the same', async () => {
    const others = [read(0), read(1), read(2), read(3)];
    const same = Array.from({ length: 10 }, () => read(7));
    expect(await Promise.all(same)).toEqual(same.map(() => '7'));
    await Promise.all(others);
    expect(seen.size).toBe(MAX + 1);
  });

  it('leave room for files that are opened elsewhere, which wait for it', async () => {
    let running = 0;
    let most = 0;
    const once = async (): Promise<void> => {
      running += 1;
      most = Math.max(most, running + openCount());
      await readFile(path(0));
      running -= 1;
    };
    await Promise.all([...NUMBERS.map((number) => read(number)), ...NUMBERS.map(() => files.once(once))]);
    expect(most).toBe(MAX);
    expect(await read(0)).toBe('0');
  });

  it('that cannot be opened take no room', async () => {
    const missing = NUMBERS.map((number) =>
      files.with(String(number), join(directory, 'missing'), () => read(0)),
    );
    for (const outcome of await Promise.allSettled(missing)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'ENOENT' } });
    }
    await writeFile(join(directory, 'missing'), 'found');
    const found = await files.with('0', join(directory, 'missing'), (handle) => handle.readFile('utf8'));
    expect(found).toBe('found');
    expect(await Promise.all(NUMBERS.map((number) => read(number)))).toHaveLength(FILES);
  });

  it('of one torrent are closed, and those of others stay open', async () => {
    await Promise.all([read(0, 'a/'), read(1, 'a/'), read(0, 'b/')]);
    await files.close('a/');
    expect(openCount()).toBe(1);
    await files.close('b/');
    expect(openCount()).toBe(0);
  });

  it('that are in use are closed when they are not any more', async () => {
    const reading = files.with('a/0', path(0), async (handle) => {
      seen.add(handle);
      await files.close('a/');
      return openCount();
    });
    expect(await reading).toBe(1);
    await expect.poll(openCount, { interval: 1 }).toBe(0);
  });
});
