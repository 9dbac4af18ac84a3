import { fork } from 'node:child_process';
import { once } from 'node:events';
import { randomFillSync } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  createHashPool,
  createSession,
  createTorrent,
  openDirectoryStore,
  OpenFiles,
  SpanCache,
  sumOf,
  usefulBytes,
} from '@shoal/session';
import { afterEach, expect, it } from 'vitest';

const MIB = 1024 * 1024;
const SIZE = 128 * MIB;

/** Undone after the test, the last first. */
const undo: (() => unknown)[] = [];

afterEach(async () => {
  for (const step of undo.reverse()) await step();
});

it('goes on after a kill -9 without fetching again what it had, and its books with it', async () => {
  const scratch = await mkdtemp(join(tmpdir(), 'shoal-crash-'));
  undo.push(() => rm(scratch, { recursive: true }));
  const pool = createHashPool();
  undo.push(() => pool.close());
  const source = join(scratch, 'source');
  await mkdir(source);
  await writeFile(join(source, 'big'), randomFillSync(Buffer.allocUnsafe(SIZE)));
  const { metainfo, bytes } = await createTorrent(source, { pool, format: 'v2', pieceLength: MIB / 4 });
  const torrentFile = join(scratch, 'it.torrent');
  await writeFile(torrentFile, bytes);
  const hashes = { v2: metainfo.infoHashV2! };
  const cache = new SpanCache();
  const files = new OpenFiles();
  const load = () => Promise.resolve(metainfo);

  const seeder = await createSession(
    {},
    { host: '127.0.0.1', port: 0, peerClass: 'seeder', clientVersion: '0.0.0' },
  );
  undo.push(() => seeder.close());
  const openSource = () =>
    openDirectoryStore({ pool, cache, files }, { metainfo, root: source, create: false });
  const seeding = seeder.add({ hashes, load, openStore: openSource, have: 'all' });

  const root = join(scratch, 'fetched');
  await mkdir(root);
  const resumePath = join(scratch, 'it.resume');
  const ledgerPath = join(scratch, 'it.ledger');
  const script = fileURLToPath(new URL('./session-leecher.ts', import.meta.url));
  const child = fork(script, [torrentFile, root, resumePath, ledgerPath, String(seeder.address.port)]);
  undo.push(() => child.kill('SIGKILL'));
  const [said] = (await once(child, 'message')) as [string];
  expect(said).toBe('resumable');
  child.kill('SIGKILL');
  await once(child, 'exit');

  const agent = await createSession(
    {},
    { host: '127.0.0.1', port: 0, peerClass: 'agent', clientVersion: '0.0.0' },
  );
  undo.push(() => agent.close());
  const openRoot = () => openDirectoryStore({ pool, cache, files }, { metainfo, root, create: true });
  const torrent = agent.add({ hashes, load, openStore: openRoot, have: 'none', resumePath, ledgerPath });
  torrent.addPeers([seeder.address]);
  await torrent.whenComplete({ noProgressMs: 20_000 });
  const { downloaded, bytesTotal, accounts } = torrent.progress();
  expect(downloaded.fromSeeders).toBeLessThan(bytesTotal);
  // The books of both runs together: of use was the tree once, whatever the crash cost.
  expect(usefulBytes(accounts)).toBe(SIZE);
  expect(accounts.downloaded.seeder).toBeGreaterThanOrEqual(SIZE);
  expect((await torrent.lifetime()).accounts).toEqual(accounts);
  // The crash took what no tick had written down: that alone may be in the sender's books and not in ours.
  const sent = sumOf(seeding.progress().accounts.uploaded);
  expect(sent).toBeGreaterThanOrEqual(accounts.downloaded.seeder);
  expect(sent - accounts.downloaded.seeder).toBeLessThan(SIZE / 2);
  await torrent.remove();
  const again = agent.add({ hashes, load, openStore: openRoot, have: 'all', ledgerPath });
  expect((await again.lifetime()).accounts).toEqual(accounts);
  expect((await readFile(join(root, 'big'))).equals(await readFile(join(source, 'big')))).toBe(true);
});
