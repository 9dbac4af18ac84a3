import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Metainfo } from '@shoal/protocol';
import {
  createHashPool,
  createSession,
  createTorrent,
  hashesOf,
  type HashPool,
  openDirectoryStore,
  OpenFiles,
  type PeerAddress,
  type PeerClass,
  type Session,
  SpanCache,
  type Torrent,
} from '@shoal/session';
import { isAvailable } from '@shoal/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startAria2, startLibtorrent } from './drivers/contestant.ts';

const COMPLETE_DEADLINE_MS = 60_000;
const KIB = 1024;

/** Sizes around the edges of blocks and pieces, and an empty file. */
const FILES: Record<string, number> = {
  'a.bin': 300 * KIB + 1,
  'b/block': 16 * KIB,
  'b/c/one piece': 64 * KIB,
  'b/empty': 0,
  'b/läßt grüßen': 3,
  'z.bin': 1000 * KIB - 7,
};

let pool: HashPool;
let scratch: string;
let source: string;
/** Undone after each test, the last first. */
let undo: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  pool = createHashPool();
  scratch = await mkdtemp(join(tmpdir(), 'shoal-interop-'));
  source = join(scratch, 'source', 'tree');
  for (const [index, [path, length]] of Object.entries(FILES).entries()) {
    const file = join(source, path);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(
      file,
      Buffer.from(Uint8Array.from({ length }, (_, at) => (at * 31 + index + (at >> 8)) & 0xff)),
    );
    await chmod(file, index === 0 ? 0o755 : 0o644);
  }
});

afterEach(async () => {
  for (const step of undo.reverse()) await step();
  undo = [];
});

afterAll(async () => {
  await pool.close();
  await rm(scratch, { recursive: true, force: true });
});

async function makeTorrent(
  format: 'v1' | 'v2' | 'hybrid',
  announce?: string,
): Promise<{ metainfo: Metainfo; torrentFile: string }> {
  const { metainfo, bytes } = await createTorrent(source, {
    pool,
    format,
    pieceLength: 64 * KIB,
    ...(announce === undefined ? {} : { announce }),
  });
  const directory = await mkdtemp(join(scratch, 'torrent-'));
  const torrentFile = join(directory, 'it.torrent');
  await writeFile(torrentFile, bytes);
  return { metainfo, torrentFile };
}

async function startShoal(
  peerClass: PeerClass,
  metainfo: Metainfo,
  root: string,
): Promise<{ session: Session; torrent: Torrent }> {
  const session = await createSession({}, { host: '127.0.0.1', port: 0, peerClass, clientVersion: '0.0.0' });
  undo.push(() => session.close());
  const cache = new SpanCache();
  const files = new OpenFiles();
  const torrent = session.add({
    hashes: hashesOf(metainfo),
    load: () => Promise.resolve(metainfo),
    openStore: () => openDirectoryStore({ pool, cache, files }, { metainfo, root, create: root !== source }),
    have: root === source ? 'all' : 'none',
  });
  return { session, torrent };
}

/** An HTTP tracker that knows one peer: aria2 learns of peers in no other way. */
async function startTracker(peer: () => PeerAddress): Promise<string> {
  const server = createServer((_request, response) => {
    const { port } = peer();
    const peers = Buffer.from([127, 0, 0, 1, port >> 8, port & 0xff]);
    response.end(Buffer.concat([Buffer.from('d8:intervali60e5:peers6:'), peers, Buffer.from('e')]));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo.push(() => new Promise((resolve) => server.close(resolve)));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/announce`;
}

async function expectSameTree(root: string): Promise<void> {
  for (const path of Object.keys(FILES)) {
    const [actual, expected] = await Promise.all([readFile(join(root, path)), readFile(join(source, path))]);
    expect(actual.equals(expected), path).toBe(true);
  }
}

describe.skipIf(!isAvailable('libtorrent'))('libtorrent', () => {
  it.each(['v1', 'v2', 'hybrid'] as const)('fetches a %s torrent from a Shoal seeder', async (format) => {
    const { metainfo, torrentFile } = await makeTorrent(format);
    const { session, torrent } = await startShoal('seeder', metainfo, source);
    const directory = await mkdtemp(join(scratch, 'leecher-'));
    const client = await startLibtorrent({
      torrentFile,
      directory,
      role: 'leecher',
      peers: [session.address],
    });
    undo.push(() => client.stop());
    await client.complete(COMPLETE_DEADLINE_MS);
    await expectSameTree(join(directory, metainfo.name));
    expect(torrent.progress().uploaded).toBeGreaterThanOrEqual(metainfo.totalSize);
  });

  it.each(['v1', 'v2', 'hybrid'] as const)('seeds a %s torrent to a Shoal leecher', async (format) => {
    const { metainfo, torrentFile } = await makeTorrent(format);
    const directory = join(source, '..');
    const client = await startLibtorrent({ torrentFile, directory, role: 'seeder' });
    undo.push(() => client.stop());
    const root = await mkdtemp(join(scratch, 'leecher-'));
    const { torrent } = await startShoal('agent', metainfo, root);
    torrent.addPeers([{ host: '127.0.0.1', port: client.port }]);
    await torrent.whenComplete({ noProgressMs: COMPLETE_DEADLINE_MS });
    await expectSameTree(root);
    const { downloaded } = torrent.progress();
    expect(downloaded.fromSeeders).toBe(0);
    expect(downloaded.fromPeers).toBeGreaterThanOrEqual(metainfo.totalSize);
  });
});

describe.skipIf(!isAvailable('aria2'))('aria2', () => {
  /** Fetches from a Shoal seeder, and leaves behind the directory that holds the tree. */
  async function fetchFromShoal(format: 'v1' | 'hybrid') {
    let address: PeerAddress = { host: '127.0.0.1', port: 1 };
    const announce = await startTracker(() => address);
    const { metainfo, torrentFile } = await makeTorrent(format, announce);
    const { session } = await startShoal('seeder', metainfo, source);
    address = session.address;
    const directory = await mkdtemp(join(scratch, 'leecher-'));
    const client = await startAria2({ torrentFile, directory, role: 'leecher' });
    undo.push(() => client.stop());
    await client.complete(COMPLETE_DEADLINE_MS);
    await session.close();
    return { metainfo, torrentFile, directory };
  }

  async function seedToShoal(metainfo: Metainfo, torrentFile: string, directory: string): Promise<void> {
    const client = await startAria2({ torrentFile, directory, role: 'seeder' });
    undo.push(() => client.stop());
    const root = await mkdtemp(join(scratch, 'leecher-'));
    const { torrent } = await startShoal('agent', metainfo, root);
    torrent.addPeers([{ host: '127.0.0.1', port: client.port }]);
    await torrent.whenComplete({ noProgressMs: COMPLETE_DEADLINE_MS });
    await expectSameTree(root);
  }

  it('seeds a v1 torrent to a Shoal leecher', async () => {
    const { metainfo, torrentFile } = await makeTorrent('v1');
    await seedToShoal(metainfo, torrentFile, join(source, '..'));
  });

  // Padding is a file like any other to aria2: of a padded tree it can seed only what it fetched itself.
  it.each(['v1', 'hybrid'] as const)(
    'fetches a %s torrent from a Shoal seeder, and seeds it to a Shoal leecher',
    async (format) => {
      const { metainfo, torrentFile, directory } = await fetchFromShoal(format);
      await expectSameTree(join(directory, metainfo.name));
      await seedToShoal(metainfo, torrentFile, directory);
    },
  );
});
