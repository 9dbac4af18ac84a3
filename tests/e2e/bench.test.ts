import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { canMakeNamespaces, ownPrivileges } from '../../bench/network/privileges.ts';
import type { BenchmarkResult } from '../../bench/run-benchmark.ts';
import type { SharedLinkResult } from '../../bench/shared-link/shared-link-command.ts';

const MAIN = fileURLToPath(new URL('../../bench/main.ts', import.meta.url));
const DEADLINE_MS = 100_000;

let scratch: string;

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'shoal-bench-test-'));
});
afterEach(() => rm(scratch, { recursive: true }));

interface Ended {
  readonly pid: number;
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

function bench(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [MAIN, ...args],
      { timeout: DEADLINE_MS },
      (error, stdout, stderr) =>
        resolve({ pid: child.pid ?? 0, code: error === null ? 0 : error.code, stdout, stderr }),
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

it.skipIf(!canMakeNamespaces(ownPrivileges()))(
  'shares a link of a limited rate between a transfer and another flow, and leaves nothing behind',
  async () => {
    const { pid, code, stdout, stderr } = await bench(
      ...['shared-link', '--contenders', 'shoal,shoal-limited', '--rate', '20', '--queue', '50'],
      ...['--settle', '2', '--seconds', '3', '--json', '--scratch', scratch],
    );
    expect(code, stderr).toBe(0);
    const { results } = JSON.parse(stdout) as { results: SharedLinkResult[] };
    expect(results.map(({ run }) => run.contender.name)).toEqual(['shoal', 'shoal-limited']);
    for (const { figures } of results) {
      expect(figures.transfer).toBeGreaterThan(1);
      expect(figures.other).toBeGreaterThan(1);
      expect(figures.transfer + figures.other).toBeLessThan(21);
      expect(figures.queue).toBeLessThan(60);
    }
    // Two fifths of 20 Mbit/s, and headers.
    expect(results[1]?.figures.transfer).toBeLessThan(9.5);
    expect(await readdir(scratch)).toEqual([]);
    const namespaces = await readdir('/run/netns').catch(() => []);
    expect(namespaces.filter((name) => name.startsWith(`shoal${pid}`))).toEqual([]);
  },
);

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
