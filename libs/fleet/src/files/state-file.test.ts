import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createStateFile } from './state-file.ts';

describe('state file', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'shoal-state-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('holds the state given last, durably, when the write resolves', async () => {
    const path = join(directory, 'x.json');
    const file = createStateFile<number>(path);
    const first = file.write(1);
    const later = [2, 3, 4].map((state) => file.write(state));
    await first;
    await Promise.all(later);
    expect(JSON.parse(await readFile(path, 'utf8'))).toBe(4);
    await file.write(5);
    expect(await createStateFile<number>(path).read()).toBe(5);
  });

  it('goes on after a write that failed', async () => {
    const missing = join(directory, 'missing');
    const file = createStateFile<number>(join(missing, 'x.json'));
    await expect(file.write(1)).rejects.toThrow('ENOENT');
    await rm(missing, { recursive: true, force: true });
    await expect(file.write(2)).rejects.toThrow('ENOENT');
  });

  it('reads nothing from a file that is missing or damaged', async () => {
    const path = join(directory, 'x.json');
    const file = createStateFile<number>(path);
    expect(await file.read()).toBeUndefined();
    await writeFile(path, '{"a"');
    expect(await file.read()).toBeUndefined();
  });
});
