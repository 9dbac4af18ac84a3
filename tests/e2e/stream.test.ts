import { execFile } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  createHashPool,
  createSession,
  createTorrent,
  hashesOf,
  openDirectoryStore,
  OpenFiles,
  SpanCache,
} from '@shoal/session';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { shoal } from './support/cli.ts';
import { startStreamFetch } from './support/stream-fetch.ts';

const MIB = 1_024 * 1_024;
/** Both together take the seeder ten seconds. */
const RATE = 2 * MIB;
const LARGE = randomFillSync(Buffer.alloc(20 * MIB));
const SMALL = Buffer.from('hello\n');

const pool = createHashPool();
const stack = new AsyncDisposableStack();
let scratch: string;
let torrentFile: string;
let peer: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'shoal-stream-'));
  const source = join(scratch, 'source', 'web');
  await mkdir(source, { recursive: true });
  await writeFile(join(source, 'large file.mp4'), LARGE);
  await writeFile(join(source, 'small.txt'), SMALL);
  const { metainfo, bytes } = await createTorrent(source, { pool });
  torrentFile = join(scratch, 'web.torrent');
  await writeFile(torrentFile, bytes);
  const seeder = await createSession(
    {},
    {
      host: '127.0.0.1',
      port: 0,
      peerClass: 'seeder',
      clientVersion: '0.0.0',
      limits: { upload: RATE },
    },
  );
  stack.defer(() => seeder.close());
  const components = { pool, cache: new SpanCache(), files: new OpenFiles() };
  seeder.add({
    hashes: hashesOf(metainfo),
    load: () => Promise.resolve(metainfo),
    openStore: () => openDirectoryStore(components, { metainfo, root: source, create: false }),
    have: 'all',
  });
  peer = `127.0.0.1:${seeder.address.port}`;
});

afterAll(async () => {
  await stack.disposeAsync();
  await pool.close();
  await rm(scratch, { recursive: true, force: true });
});

/** The body that curl got. */
async function curl(...args: string[]): Promise<Buffer> {
  const options = { encoding: 'buffer', maxBuffer: 2 * LARGE.length } as const;
  const { stdout } = await promisify(execFile)('curl', ['-sSf', '--max-time', '60', ...args], options);
  return stdout;
}

it('serves a file while it is fetched, a range at its end before the rest, and goes on when it is in place', async () => {
  const to = join(scratch, 'to');
  await mkdir(to);
  const running = await startStreamFetch(torrentFile, '--peers', peer, '--to', to);
  stack.defer(async () => {
    await running.end();
  });
  let isFetched = false;
  const fetched = running.fetched.finally(() => (isFetched = true));

  const list = (await (await fetch(running.url)).json()) as { files: { path: string; url: string }[] };
  expect(list.files.map(({ path }) => path)).toEqual(['large file.mp4', 'small.txt']);
  const url = new URL(list.files[0]!.url, running.url).href;
  expect(await curl('-r', '-1000', url)).toEqual(LARGE.subarray(-1_000));
  expect(await curl('-r', `${10 * MIB}-${10 * MIB + 99}`, url)).toEqual(
    LARGE.subarray(10 * MIB, 10 * MIB + 100),
  );
  expect(await curl(new URL(list.files[1]!.url, running.url).href)).toEqual(SMALL);
  expect(isFetched).toBe(false);
  const head = await fetch(url, { method: 'HEAD' });
  expect(head.headers.get('content-length')).toBe(String(LARGE.length));
  expect(head.headers.get('content-type')).toBe('video/mp4');
  expect((await fetch(url, { headers: { range: `bytes=${LARGE.length}-` } })).status).toBe(416);
  // All of it, over the time at which it is put in its place.
  expect((await curl(url)).equals(LARGE)).toBe(true);

  expect(await fetched).toBe(join(to, 'web'));
  expect((await readFile(join(to, 'web', 'large file.mp4'))).equals(LARGE)).toBe(true);
  expect(await curl('-r', '5-9', url)).toEqual(LARGE.subarray(5, 10));
  expect(await running.end()).toBe(0);
});

it('serves files that are in their place already, beside those that still come', async () => {
  const to = join(scratch, 'there');
  await mkdir(join(to, 'web'), { recursive: true });
  await writeFile(join(to, 'web', 'large file.mp4'), LARGE);
  const urlOf = (base: string, path: string): string => new URL(`files/web/${path}`, base).href;
  const mixed = await startStreamFetch(torrentFile, '--peers', peer, '--to', to);
  stack.defer(async () => {
    await mixed.end();
  });
  expect((await curl(urlOf(mixed.url, 'large%20file.mp4'))).equals(LARGE)).toBe(true);
  expect(await curl(urlOf(mixed.url, 'small.txt'))).toEqual(SMALL);
  expect(await mixed.fetched).toBe(join(to, 'web'));
  expect(await mixed.end()).toBe(0);

  // Nobody is asked for anything.
  const complete = await startStreamFetch(torrentFile, '--to', to);
  stack.defer(async () => {
    await complete.end();
  });
  expect(await complete.fetched).toBe(join(to, 'web'));
  expect(await curl(urlOf(complete.url, 'small.txt'))).toEqual(SMALL);
  expect(await curl('-r', '-9', urlOf(complete.url, 'large%20file.mp4'))).toEqual(LARGE.subarray(-9));
  expect(await complete.end()).toBe(0);
});

it('overwrites nothing, and listens on loopback alone', async () => {
  const to = join(scratch, 'other');
  await mkdir(join(to, 'web'), { recursive: true });
  await writeFile(join(to, 'web', 'small.txt'), 'mine, and longer');
  const fetch = (...args: readonly string[]) => shoal('fetch', torrentFile, '--peers', peer, ...args);
  const inTheWay = await fetch('--to', to, '--stream', '127.0.0.1:0');
  expect(inTheWay.stderr).toContain('SHOAL_CLI_EXISTS');
  expect(await readFile(join(to, 'web', 'small.txt'), 'utf8')).toBe('mine, and longer');
  const refused = await fetch('--to', join(scratch, 'nowhere'), '--stream', '0.0.0.0:0');
  expect(refused.stderr).toContain('SHOAL_SERVICE_NOT_LOOPBACK');
  expect(refused.stderr).not.toMatch(/--tls|--insecure/);
});
