import { createHash } from 'node:crypto';
import { lstat, mkdtemp, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeSampleBuild } from './sample-build.ts';
import { SAMPLE_BYTES, samplePlan } from './sample-plan.ts';

let scratch: string;
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'shoal-sample-'));
});
afterEach(() => rm(scratch, { recursive: true, force: true }));

it('plans 64 MiB in a few hundred files, executables and symlinks among them', () => {
  const files = samplePlan().filter((entry) => entry.kind === 'file');
  expect(files.reduce((sum, entry) => sum + entry.length, 0)).toBe(SAMPLE_BYTES);
  expect(files.length).toBeGreaterThan(200);
  expect(files.some((entry) => entry.executable)).toBe(true);
  expect(samplePlan().some((entry) => entry.kind === 'symlink')).toBe(true);
});

it('writes the same bytes and modes for the same seed, and other bytes for another', async () => {
  const digestOf = async (root: string): Promise<string> => {
    const hash = createHash('sha256');
    for (const entry of samplePlan()) {
      const path = join(root, ...entry.path);
      hash.update(path.slice(root.length));
      if (entry.kind === 'symlink') hash.update(await readlink(path));
      else hash.update(await readFile(path)).update(String((await lstat(path)).mode & 0o777));
    }
    return hash.digest('hex');
  };
  const trees = ['a', 'b', 'c'].map((name) => join(scratch, name));
  const seeds = ['one', 'one', 'two'];
  const digests: string[] = [];
  for (const [i, root] of trees.entries()) {
    await writeSampleBuild(root, seeds[i]!);
    digests.push(await digestOf(root));
  }
  expect(digests[1]).toBe(digests[0]);
  expect(digests[2]).not.toBe(digests[0]);
});
