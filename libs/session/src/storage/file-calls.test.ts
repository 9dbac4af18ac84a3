import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readStart, syncFile } from './file-calls.ts';

let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'shoal-file-calls-'));
  file = join(directory, 'file');
  await writeFile(file, 'content');
});
afterEach(() => rm(directory, { recursive: true }));

async function read(path: string, length: number): Promise<string> {
  const target = Buffer.alloc(length);
  return target.toString('latin1', 0, await readStart(path, target));
}

describe('readStart', () => {
  it('fills the target, as far as the file goes', async () => {
    expect(await read(file, 4)).toBe('cont');
    expect(await read(file, 7)).toBe('content');
    expect(await read(file, 9)).toBe('content');
  });

  it('rejects what cannot be opened or read, with the system error', async () => {
    await expect(read(join(directory, 'missing'), 1)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(read(directory, 1)).rejects.toMatchObject({ code: 'EISDIR' });
  });
});

describe('syncFile', () => {
  it('takes files and directories', async () => {
    await syncFile(file);
    await syncFile(directory);
  });

  it('follows no symlink, and rejects what is missing', async () => {
    await symlink(file, join(directory, 'link'));
    await expect(syncFile(join(directory, 'link'))).rejects.toMatchObject({ code: 'ELOOP' });
    await expect(syncFile(join(directory, 'missing'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
