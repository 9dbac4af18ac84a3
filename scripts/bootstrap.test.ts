import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from './run-command.ts';

/** A repository of its own: no dependencies, and a CLI that says what it was given. */
let root: string;

const CLI = `
process.stdout.write(JSON.stringify({ args: process.argv.slice(2), cwd: process.cwd() }) + '\\n');
if (process.argv.includes('--wait')) {
  process.on('SIGTERM', () => process.exit(7));
  setInterval(() => {}, 1000);
  process.stdout.write('waiting\\n');
}
`;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'shoal-bootstrap-'));
  await mkdir(join(root, 'scripts'));
  await mkdir(join(root, 'apps/cli/bin'), { recursive: true });
  await cp(join(ROOT, 'scripts/bootstrap.mjs'), join(root, 'scripts/bootstrap.mjs'));
  await writeFile(join(root, 'apps/cli/bin/shoal.mjs'), CLI);
  await lock({});
});

afterEach(() => rm(root, { recursive: true, force: true }));

async function lock(dependencies: Record<string, string>): Promise<void> {
  const description = { name: 'sample', version: '1.0.0', dependencies };
  await writeFile(
    join(root, 'package.json'),
    JSON.stringify({ ...description, private: true, type: 'module' }),
  );
  const packages = { '': { ...description, dependencies: {} } };
  const file = { name: 'sample', version: '1.0.0', lockfileVersion: 3, requires: true, packages };
  await writeFile(join(root, 'package-lock.json'), JSON.stringify(file));
  // npm makes no node_modules where there is nothing to install.
  await mkdir(join(root, 'node_modules'), { recursive: true });
}

function bootstrap(...args: string[]): ReturnType<typeof spawn> {
  return spawn(process.execPath, [join(root, 'scripts/bootstrap.mjs'), ...args], {
    cwd: root,
    env: { ...process.env, INIT_CWD: tmpdir() },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function finish(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = bootstrap(...args);
  const result = { code: -1, out: '', err: '' };
  child.stdout?.on('data', (data: Buffer) => (result.out += data.toString()));
  child.stderr?.on('data', (data: Buffer) => (result.err += data.toString()));
  [result.code] = (await once(child, 'close')) as [number];
  return result;
}

describe('bootstrap', () => {
  it('installs once, then only when the lock file changes', async () => {
    expect((await finish('shoal')).err).toContain('installing dependencies');
    expect((await finish('shoal')).err).toBe('');
    await writeFile(join(root, 'package-lock.json'), ' ', { flag: 'a' });
    expect((await finish('shoal')).err).toContain('installing dependencies');
  });

  it('gives the CLI the arguments, where the user stands', async () => {
    const { out, code } = await finish('start', '--once', './dist');
    expect(JSON.parse(out)).toEqual({ args: ['up', '--once', './dist'], cwd: tmpdir() });
    expect(code).toBe(0);
  });

  it('says what to do when npm ci fails', async () => {
    await lock({ 'not-in-the-lock-file': '1.0.0' });
    const { code, err } = await finish('shoal');
    expect(code).toBe(1);
    expect(err).toContain('npm ci failed');
    expect(err).toContain('→ check that the npm registry can be reached');
  });

  it('passes signals on, and the exit code back', async () => {
    const child = bootstrap('shoal', '--wait');
    if (child.stdout === null) throw new Error('no output');
    for await (const line of createInterface(child.stdout)) if (line === 'waiting') break;
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([7, null]);
  });

  it('names the commands when it does not know one', async () => {
    const { code, err } = await finish('strat');
    expect(code).toBe(1);
    expect(err).toContain('one of: start');
  });
});
