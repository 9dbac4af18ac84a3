import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FileRange, formatMagnet, type Metainfo, type MetainfoFormat } from '@shoal/protocol';
import { createHashPool, createTorrent } from '@shoal/session';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startShoal } from '../interop/drivers/shoal.ts';
import { writeFiles } from './support/sample-tree.ts';
import { shoal, shoalOk } from './support/cli.ts';
import { startStreamFetch } from './support/stream-fetch.ts';

const KIB = 1_024;
/** Pieces of 64 KiB: in a v1 torrent each holds parts of several files. */
const FILES: Readonly<Record<string, number>> = {
  'bin/run': 30 * KIB,
  'bin/tool': 50 * KIB,
  'lib/a.so': 200 * KIB,
  'lib/debug/a.sym': 300 * KIB,
  'README.md': 9,
};

const pool = createHashPool();
let scratch: string;
let source: string;
let undo: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'shoal-fetch-part-'));
  source = join(scratch, 'source', 'web');
  await writeFiles(source, FILES);
  await chmod(join(source, 'bin/run'), 0o755);
  await symlink('run', join(source, 'bin/current'));
});
afterEach(async () => {
  for (const step of undo.reverse()) await step();
  undo = [];
});
afterAll(async () => {
  await pool.close();
  await rm(scratch, { recursive: true, force: true });
});

interface Swarm {
  readonly metainfo: Metainfo;
  readonly torrentFile: string;
  /** Of the seeder. */
  readonly peer: string;
  readonly port: number;
  /** An empty directory. */
  readonly to: string;
}

async function startSwarm(format: MetainfoFormat): Promise<Swarm> {
  const { metainfo, bytes } = await createTorrent(source, { pool, format, pieceLength: 64 * KIB });
  const to = await mkdtemp(join(scratch, 'to-'));
  const torrentFile = `${to}.torrent`;
  await writeFile(torrentFile, bytes);
  const { port, stop } = await startShoal({ metainfo, root: source, role: 'seeder', host: '127.0.0.1' });
  undo.push(stop);
  return { metainfo, torrentFile, port, peer: `127.0.0.1:${port}`, to };
}

/** The files below a directory, sorted. */
async function filesOf(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  return files.map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1)).sort();
}

async function expectContent(root: string, paths: readonly string[]): Promise<void> {
  expect(await filesOf(root)).toEqual([...paths].sort());
  for (const path of paths) {
    const [actual, wanted] = await Promise.all([readFile(join(root, path)), readFile(join(source, path))]);
    expect(actual.equals(wanted), path).toBe(true);
  }
}

describe.each(['v1', 'v2', 'hybrid'] as const)('shoal fetch of a part of a %s torrent', (format) => {
  it('takes what --only names, and adds to it what another call names', async () => {
    const { torrentFile, peer, to } = await startSwarm(format);
    const fetch = (...args: string[]) => shoalOk('fetch', torrentFile, '--peers', peer, '--to', to, ...args);
    const root = (await fetch('--only', 'bin/**')).trim();
    expect(root).toBe(join(to, 'web'));
    await expectContent(root, ['bin/current', 'bin/run', 'bin/tool']);
    expect((await lstat(join(root, 'bin/run'))).mode & 0o777).toBe(0o755);
    expect((await lstat(join(root, 'bin/current'))).isSymbolicLink()).toBe(true);

    await fetch('--only', '{bin,lib}/*', '--priority', 'lib/debug=skip');
    await expectContent(root, ['bin/current', 'bin/run', 'bin/tool', 'lib/a.so']);

    await fetch('--only', '**', '--priority', '*.md=high');
    await expectContent(root, ['bin/current', ...Object.keys(FILES)]);
    expect(await readdir(to)).toEqual(['web']);
  });
});

it('takes a part by a magnet link', async () => {
  const { metainfo, port, to } = await startSwarm('hybrid');
  const { infoHashV2 } = metainfo;
  const link = formatMagnet({
    ...(infoHashV2 && { infoHashV2 }),
    trackers: [],
    peers: [{ host: '127.0.0.1', port }],
  });
  await shoalOk('fetch', link, '--to', to, '--only', '*.md');
  await expectContent(join(to, 'web'), ['README.md']);
});

it('takes the files that a magnet link selects by their indexes, unless there are patterns', async () => {
  const { metainfo, port, to } = await startSwarm('hybrid');
  const selecting = (ranges: FileRange[]) =>
    formatMagnet({
      infoHashV1: metainfo.infoHashV1!,
      trackers: [],
      peers: [{ host: '127.0.0.1', port }],
      selectOnly: ranges,
    });
  const first = selecting([{ first: 0, last: 0 }]);
  await shoalOk('fetch', first, '--to', to);
  await expectContent(join(to, 'web'), ['README.md']);
  await shoalOk('fetch', first, '--to', to, '--only', 'bin/tool');
  await expectContent(join(to, 'web'), ['README.md', 'bin/tool']);
  const refused = await shoal('fetch', selecting([{ first: 90, last: 99 }]), '--to', to);
  expect(refused.stderr).toContain('SHOAL_SELECTION_NO_MATCH');
  expect(await readdir(to)).toEqual(['web']);
});

it('goes on with another selection where a call that was broken off had another', async () => {
  const { torrentFile, peer, to } = await startSwarm('v1');
  const stalled = await shoal('fetch', torrentFile, '--to', to, '--only', 'bin/**', '--stall-timeout', '1s');
  expect(stalled.stderr).toContain('SHOAL_TORRENT_STALLED');
  expect(await readdir(to)).not.toContain('web');
  await shoalOk('fetch', torrentFile, '--to', to, '--only', 'lib/*.so', '--peers', peer);
  await expectContent(join(to, 'web'), ['lib/a.so']);
  expect(await readdir(to)).toEqual(['web']);
});

it('is the only one that fetches a torrent into a directory, until it ends or is killed', async () => {
  const { torrentFile, peer, to } = await startSwarm('v2');
  const target = ['fetch', torrentFile, '--to', to];
  // Nobody sends it anything.
  const first = await startStreamFetch(torrentFile, '--to', to, '--only', 'bin/**');
  undo.push(() => first.end('SIGKILL'));
  const second = await shoal(...target, '--peers', peer, '--only', 'lib/**');
  expect([second.code, second.stdout]).toEqual([4, '']);
  expect(second.stderr).toMatch(/SHOAL_CLI_FETCHING/);
  expect(second.stderr).toContain(`process ${first.pid} is fetching this torrent into ${to}`);
  const elsewhere = await mkdtemp(join(scratch, 'to-'));
  await shoalOk('fetch', torrentFile, '--peers', peer, '--to', elsewhere);

  await first.end('SIGKILL');
  const [lock = ''] = (await readdir(to)).filter((name) => name.includes('.lock.'));
  expect(lock).toContain(`.lock.${first.pid}-`);
  // Left by a process whose pid another one has now: this.
  await writeFile(join(to, lock.replace(`${first.pid}-`, `${process.pid}-1`)), '');
  await shoalOk(...target, '--peers', peer, '--only', 'lib/*.so');
  await expectContent(join(to, 'web'), ['lib/a.so']);
  expect(await readdir(to)).toEqual(['web']);
});

it('lets the next one in when it is ended', async () => {
  const { torrentFile, peer, to } = await startSwarm('v1');
  const first = await startStreamFetch(torrentFile, '--to', to, '--only', 'bin/**');
  await first.end();
  expect((await readdir(to)).filter((name) => name.includes('.lock.'))).toEqual([]);
  await shoalOk('fetch', torrentFile, '--to', to, '--peers', peer);
  await expectContent(join(to, 'web'), ['bin/current', ...Object.keys(FILES)]);
});

it('says which paths are near a pattern that matches none, and makes nothing', async () => {
  const { torrentFile, peer, to } = await startSwarm('v2');
  const { code, stderr } = await shoal(
    'fetch',
    torrentFile,
    '--peers',
    peer,
    '--to',
    to,
    '--only',
    'web/bin/**',
  );
  expect(code).not.toBe(0);
  expect(stderr).toContain('SHOAL_SELECTION_NO_MATCH');
  expect(stderr).toContain('"bin/"');
  expect(await readdir(to)).toEqual([]);
});

it('overwrites nothing', async () => {
  const { torrentFile, peer, to } = await startSwarm('v2');
  await mkdir(join(to, 'web'));
  await writeFile(join(to, 'web', 'README.md'), 'mine, and longer');
  const { code, stderr } = await shoal('fetch', torrentFile, '--peers', peer, '--to', to, '--only', '*.md');
  expect(code).not.toBe(0);
  expect(stderr).toContain('SHOAL_CLI_EXISTS');
  expect(await readFile(join(to, 'web', 'README.md'), 'utf8')).toBe('mine, and longer');
});
