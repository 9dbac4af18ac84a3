import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createHashPool, createTorrent } from '@shoal/session';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ContestantEvent } from '../../bench/contestants/events.ts';

const EXECUTABLE = fileURLToPath(new URL('../../bench/contestant', import.meta.url));
const DEADLINE_MS = 20_000;
const SIZE = 3 * 1024 * 1024 + 1;

let scratch: string;
const running: ChildProcessWithoutNullStreams[] = [];

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'shoal-contestant-'));
});
afterEach(async () => {
  await Promise.all(
    running.splice(0).map(async (child) => {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    }),
  );
  await rm(scratch, { recursive: true });
});

function start(...args: string[]) {
  const child = spawn(EXECUTABLE, [...args, '--work', join(scratch, 'work'), '--no-tracker'], {
    cwd: scratch,
  });
  running.push(child);
  const events: ContestantEvent[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => events.push(JSON.parse(line) as ContestantEvent));
  return {
    child,
    async said<E extends ContestantEvent['ev']>(ev: E) {
      const signal = AbortSignal.timeout(DEADLINE_MS);
      for (;;) {
        const event = events.find((each) => each.ev === ev);
        if (event !== undefined) return event as Extract<ContestantEvent, { readonly ev: E }>;
        await once(lines, 'line', { signal });
      }
    },
  };
}

async function makeTorrent(): Promise<void> {
  const pool = createHashPool();
  await mkdir(join(scratch, 'source'));
  await mkdir(join(scratch, 'target'));
  await writeFile(join(scratch, 'source', 'it'), randomFillSync(Buffer.allocUnsafe(SIZE)));
  const options = { pool, format: 'v1', pieceLength: 256 * 1024 } as const;
  const { bytes } = await createTorrent(join(scratch, 'source', 'it'), options);
  await writeFile(join(scratch, 'it.torrent'), bytes);
  await pool.close();
}

it('seeds and fetches as a harness says, with paths from where it was started', async () => {
  await makeTorrent();
  const torrent = ['--torrent', 'it.torrent'];
  const seeder = start('--role', 'seed', ...torrent, '--dir', 'source', '--listen', '127.0.0.2:0');
  const { port } = await seeder.said('ready');
  const peer = ['--listen', '127.0.0.3:0', '--peer', `127.0.0.2:${port}`];
  const leecher = start('--role', 'leech', ...torrent, '--dir', 'target', ...peer);
  await leecher.said('ready');
  leecher.child.stdin.write('go\n');
  await leecher.said('complete');
  leecher.child.stdin.write('quit\n');
  seeder.child.stdin.write('quit\n');
  expect(await leecher.said('final')).toMatchObject({ done: SIZE, down: SIZE, wasted: 0 });
  expect(await seeder.said('final')).toMatchObject({ done: SIZE, up: SIZE });
  const [actual, expected] = await Promise.all(
    ['target', 'source'].map((directory) => readFile(join(scratch, directory, 'it'))),
  );
  expect(actual).toEqual(expected);
});

it('says what is wrong, and ends', async () => {
  await makeTorrent();
  await writeFile(join(scratch, 'source', 'it'), 'short');
  const seeder = start(
    ...['--role', 'seed', '--torrent', 'it.torrent', '--dir', 'source', '--listen', '127.0.0.2:0'],
  );
  expect((await seeder.said('error')).msg).toContain('it is missing or damaged');
});
