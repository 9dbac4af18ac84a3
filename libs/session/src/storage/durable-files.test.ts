import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removeDurably, writeFileAtomic } from './durable-files.ts';

let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'shoal-durable-'));
  path = join(directory, 'state');
});
afterEach(() => rm(directory, { recursive: true }));

describe('writeFileAtomic', () => {
  it.each([true, false])(
    'replaces a file by another, and leaves nothing else (durable: %s)',
    async (isDurable) => {
      await writeFileAtomic(path, 'a longer state', isDurable);
      const { ino } = await stat(path);
      await writeFileAtomic(path, Buffer.from('next'), isDurable);
      expect(await readFile(path, 'utf8')).toBe('next');
      expect((await stat(path)).ino).not.toBe(ino);
      expect(await readdir(directory)).toEqual(['state']);
    },
  );

  it('keeps the old content when the new cannot be written', async () => {
    await writeFileAtomic(path, 'old');
    await mkdir(`${path}.new`);
    await expect(writeFileAtomic(path, 'new')).rejects.toMatchObject({ code: 'EISDIR' });
    expect(await readFile(path, 'utf8')).toBe('old');
  });

  it('works where the directory is reached through a symlink', async () => {
    await mkdir(join(directory, 'disk'));
    await symlink(join(directory, 'disk'), join(directory, 'data'));
    await writeFileAtomic(join(directory, 'data', 'state'), 'here');
    expect(await readFile(join(directory, 'disk', 'state'), 'utf8')).toBe('here');
  });
});

describe('removeDurably', () => {
  it('removes a tree, and minds none that is not there', async () => {
    await mkdir(join(path, 'deep'), { recursive: true });
    await writeFileAtomic(join(path, 'deep', 'file'), 'content');
    await removeDurably(path);
    await removeDurably(path);
    expect(await readdir(directory)).toEqual([]);
  });
});
