import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { BenchmarkResult } from '../../bench/run-benchmark.ts';

const MAIN = fileURLToPath(new URL('../../bench/main.ts', import.meta.url));
const DEADLINE_MS = 100_000;

let scratch: string;

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'shoal-bench-test-'));
});
afterEach(() => rm(scratch, { recursive: true }));

interface Ended {
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

function bench(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { timeout: DEADLINE_MS }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
    );
  });
}

it('transfers for real, tells figures that fit the content, and leaves nothing behind', async () => {
  const { code, stdout, stderr } = await bench(
    ...['one-to-one', '--clients', 'shoal', '--size', '4', '--piece', '64', '--reps', '2', '--json'],
    ...['--scratch', scratch, '--opt', 'connections=10'],
  );
  expect(code, stderr).toBe(0);
  const { runs } = JSON.parse(stdout) as BenchmarkResult;
  expect(runs.map(({ entrant, rep }) => [entrant, rep])).toEqual([
    ['shoal/v2', 1],
    ['shoal/v2', 2],
  ]);
  for (const { figures } of runs) {
    expect(figures?.values['throughput']).toBeGreaterThan(0);
    expect(figures?.values['leecherCpu']).toBeGreaterThan(0);
    expect(figures?.values['seederRss']).toBeGreaterThan(10);
  }
  expect(await readdir(scratch)).toEqual([]);
});

it('counts a run that comes to nothing as failed, and shows why', async () => {
  const { code, stdout } = await bench(
    ...['one-to-one', '--clients', 'shoal', '--size', '1', '--reps', '1', '--scratch', scratch],
    ...['--opt', 'wings=2'],
  );
  expect(code).toBe(1);
  expect(stdout).toContain('1, 1 failed');
  expect(stdout).toContain('--opt wings=2');
  expect(await readdir(scratch)).toEqual([]);
});

it('refuses a command line that makes no sense with exit code 2', async () => {
  const { code, stderr } = await bench('one-to-many');
  expect(code).toBe(2);
  expect(stderr).toContain('SHOAL_BENCH_ARGUMENT');
});
