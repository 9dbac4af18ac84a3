import { createSocket } from 'node:dgram';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  decodeLsdAnnounce,
  formatMagnet,
  LSD_GROUPS,
  LSD_PORT,
  type Metainfo,
  type MetainfoFormat,
} from '@shoal/protocol';
import { createHashPool, createTorrent, type PeerSnapshot } from '@shoal/session';
import { isAvailable } from '@shoal/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startTracker } from '../../bench/network/tracker.ts';
import { shoalOk } from '../e2e/support/cli.ts';
import { patternedBytes } from '../e2e/support/sample-tree.ts';
import { startAria2, startLibtorrent } from './drivers/contestant.ts';
import { type ShoalClient, startShoal } from './drivers/shoal.ts';
import type { StockClient } from './drivers/stock-client.ts';

const LOOPBACK = '127.0.0.1';
const KIB = 1024;
const SIZE = 16 * 1024 * KIB;
/** So slow that nobody has the torrent from it within the time of a test: it takes 17 minutes. */
const TRICKLE = { upload: 16 * KIB, download: 16 * KIB };
/** libtorrent and aria2 tell of peers once a minute, and not at once. */
const PEX_PATIENCE = { timeout: 100_000, interval: 250 };
const LSD_PATIENCE = { timeout: 30_000, interval: 100 };
const COMPLETE_DEADLINE_MS = 60_000;

const pool = createHashPool();
let scratch: string;
let source: string;
let undo: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'shoal-peer-sources-'));
  source = join(scratch, 'content');
  await writeFile(source, patternedBytes(SIZE));
});
afterEach(async () => {
  for (const step of undo.reverse()) await step();
  undo = [];
});
afterAll(async () => {
  await pool.close();
  await rm(scratch, { recursive: true, force: true });
});

interface Torrent {
  readonly metainfo: Metainfo;
  readonly torrentFile: string;
}

async function makeTorrent(
  init: { readonly format?: MetainfoFormat; readonly announce?: string } = {},
): Promise<Torrent> {
  const { metainfo, bytes } = await createTorrent(source, {
    pool,
    format: 'v1',
    pieceLength: 64 * KIB,
    ...init,
  });
  const torrentFile = join(await mkdtemp(join(scratch, 'torrent-')), 'content.torrent');
  await writeFile(torrentFile, bytes);
  return { metainfo, torrentFile };
}

const emptyDirectory = (): Promise<string> => mkdtemp(join(scratch, 'leecher-'));

async function started<Client extends StockClient>(starting: Promise<Client>): Promise<Client> {
  const client = await starting;
  undo.push(() => client.stop());
  return client;
}

const at = ({ port }: StockClient) => ({ host: LOOPBACK, port });
type OurInit = Omit<Parameters<typeof startShoal>[0], 'host'>;
const startOurs = (init: OurInit, host = LOOPBACK): Promise<ShoalClient> =>
  started(startShoal({ ...init, host }));

/** The connection of a client of ours to another, once there is one. */
async function connectionTo(
  client: ShoalClient,
  other: StockClient,
  patience: object,
): Promise<PeerSnapshot> {
  const find = () => client.torrent.peers().find(({ address }) => address.port === other.port);
  await expect.poll(find, patience).toBeDefined();
  return find()!;
}

/** Listens to what is announced on loopback: by the port of the announcer. */
async function listen(): Promise<number[]> {
  const ports: number[] = [];
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  undo.push(() => new Promise<void>((resolve) => socket.close(() => resolve())));
  socket.on('message', (bytes) => ports.push(decodeLsdAnnounce(bytes).port));
  await new Promise<void>((resolve) => socket.bind(LSD_PORT, LSD_GROUPS.ipv4, resolve));
  socket.addMembership(LSD_GROUPS.ipv4, LOOPBACK);
  return ports;
}

async function expectContent(directory: string): Promise<void> {
  expect((await readFile(join(directory, 'content'))).equals(await readFile(source))).toBe(true);
}

describe('peer exchange (BEP 11), of clients that know one other alone', () => {
  describe.skipIf(!isAvailable('libtorrent'))('libtorrent', () => {
    it.each(['v1', 'v2', 'hybrid'] as const)(
      'is told by ours of a seeder of a %s torrent',
      async (format) => {
        const { metainfo, torrentFile } = await makeTorrent({ format });
        const hub = await startOurs({
          metainfo,
          root: await emptyDirectory(),
          role: 'leecher',
          limits: TRICKLE,
        });
        const peers = [at(hub)];
        await started(startLibtorrent({ torrentFile, directory: scratch, role: 'seeder', peers }));
        const directory = await emptyDirectory();
        const leecher = await started(startLibtorrent({ torrentFile, directory, role: 'leecher', peers }));
        await leecher.complete(COMPLETE_DEADLINE_MS);
        await expectContent(directory);
      },
    );

    it.each(['v1', 'v2', 'hybrid'] as const)('tells ours of each other in a %s torrent', async (format) => {
      const { metainfo, torrentFile } = await makeTorrent({ format });
      const seeder = await startOurs({ metainfo, root: scratch, role: 'seeder', limits: TRICKLE });
      const directory = await emptyDirectory();
      const hub = await started(
        startLibtorrent({ torrentFile, directory, role: 'leecher', peers: [at(seeder)] }),
      );
      const leecher = await startOurs({
        metainfo,
        root: await emptyDirectory(),
        role: 'leecher',
        peers: [at(hub)],
      });
      // Whichever was told first has dialled the other.
      await connectionTo(leecher, seeder, PEX_PATIENCE);
    });
  });

  describe.skipIf(!isAvailable('aria2'))('aria2', () => {
    it.each(['v1', 'hybrid'] as const)('is told by ours of a seeder of a %s torrent', async (format) => {
      const tracker = await startTracker(LOOPBACK);
      undo.push(() => tracker.stop());
      const { metainfo, torrentFile } = await makeTorrent({ format, announce: tracker.url });
      const hub = await startOurs({
        metainfo,
        root: await emptyDirectory(),
        role: 'leecher',
        limits: TRICKLE,
      });
      await tracker.announced('leecher');
      // It announces to nobody.
      const unannounced = { ...metainfo, announceTiers: [] };
      await startOurs({ metainfo: unannounced, root: scratch, role: 'seeder', peers: [at(hub)] });
      const directory = await emptyDirectory();
      const leecher = await started(startAria2({ torrentFile, directory, role: 'leecher' }));
      await leecher.complete(COMPLETE_DEADLINE_MS);
      await expectContent(directory);
    });

    it.each(['v1', 'hybrid'] as const)('tells ours of each other in a %s torrent', async (format) => {
      const tracker = await startTracker(LOOPBACK);
      undo.push(() => tracker.stop());
      const { metainfo, torrentFile } = await makeTorrent({ format, announce: tracker.url });
      // aria2 tells no peer of others at the same address.
      const seeder = await startOurs(
        { metainfo, root: scratch, role: 'seeder', limits: TRICKLE },
        '127.0.0.2',
      );
      await tracker.announced('seeder');
      const hub = await started(
        startAria2({ torrentFile, directory: await emptyDirectory(), role: 'leecher' }),
      );
      const unannounced = { ...metainfo, announceTiers: [] };
      const root = await emptyDirectory();
      const leecher = await startOurs({ metainfo: unannounced, root, role: 'leecher', peers: [at(hub)] });
      // Whichever was told first has dialled the other.
      await connectionTo(leecher, seeder, PEX_PATIENCE);
    });
  });
});

describe('local service discovery (BEP 14), of clients that know nobody', () => {
  const clients = [
    {
      name: 'libtorrent',
      start: startLibtorrent,
      formats: ['v1', 'v2', 'hybrid'],
      settings: { enable_lsd: 1 },
    },
    {
      name: 'aria2',
      start: startAria2,
      formats: ['v1', 'hybrid'],
      settings: { 'bt-enable-lpd': 'true', 'bt-lpd-interface': LOOPBACK },
    },
  ] as const;

  describe.each(clients)('$name', ({ name, start, formats, settings }) => {
    const each = it.skipIf(!isAvailable(name)).each<MetainfoFormat>(formats);

    each('hears what ours announces of a %s torrent, and dials', async (format) => {
      const { metainfo, torrentFile } = await makeTorrent({ format });
      const heard = await listen();
      // Not a seeder: one of aria2 dials nobody.
      const directory = await emptyDirectory();
      const client = await started(start({ torrentFile, directory, role: 'leecher', settings }));
      // Its next announce is minutes away.
      await expect.poll(() => heard, LSD_PATIENCE).toContain(client.port);
      const root = await emptyDirectory();
      const ours = await startOurs({ metainfo, root, role: 'leecher', localDiscovery: true });
      expect(await connectionTo(ours, client, LSD_PATIENCE)).toMatchObject({ incoming: true });
    });

    each('is heard by ours of a %s torrent, which dials', async (format) => {
      const { metainfo, torrentFile } = await makeTorrent({ format });
      const root = await emptyDirectory();
      const heard = await listen();
      const leecher = await startOurs({
        metainfo,
        root,
        role: 'leecher',
        localDiscovery: true,
        limits: TRICKLE,
      });
      // The next announce of ours is a minute away.
      await expect.poll(() => heard, LSD_PATIENCE).toContain(leecher.port);
      const seeder = await started(start({ torrentFile, directory: scratch, role: 'seeder', settings }));
      expect(await connectionTo(leecher, seeder, LSD_PATIENCE)).toMatchObject({ incoming: false });
    });
  });

  it.skipIf(!isAvailable('libtorrent'))(
    'is what shoal fetch --lsd needs alone, of a torrent or a magnet link',
    async () => {
      const { torrentFile, metainfo } = await makeTorrent();
      const settings = { enable_lsd: 1 };
      await started(startLibtorrent({ torrentFile, directory: scratch, role: 'seeder', settings }));
      const link = formatMagnet({ infoHashV1: metainfo.infoHashV1!, trackers: [], peers: [] });
      for (const source of [torrentFile, link]) {
        const to = await emptyDirectory();
        await shoalOk('fetch', source, '--lsd', '--to', to);
        await expectContent(to);
      }
    },
  );
});
