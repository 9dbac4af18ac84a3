import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatMagnet, isHandshakePrefix, type Metainfo, type MetainfoFormat } from '@shoal/protocol';
import {
  createHashPool,
  createSession,
  createTorrent,
  hashesOf,
  openDirectoryStore,
  OpenFiles,
  SpanCache,
  type Torrent,
} from '@shoal/session';
import { isAvailable } from '@shoal/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { shoal } from '../e2e/support/cli.ts';
import { type Exchange, startRelay } from '../fuzz/record/relay.ts';
import { startAria2, startLibtorrent } from './drivers/contestant.ts';
import type { StockClient, StockClientInit } from './drivers/stock-client.ts';
import { startTransmission } from './drivers/transmission.ts';

const COMPLETE_DEADLINE_MS = 60_000;
const LOOPBACK = '127.0.0.1';
const PIECE = 64 * 1024;
/** Words that are seen on the wire unless they are encrypted. */
const CONTENT = Buffer.alloc(40 * PIECE + 7, 'shoals of sharks ');
const WORDS = 'shoals of sharks shoals of sharks';

type Settings = NonNullable<StockClientInit['settings']>;

interface Case {
  readonly client: 'libtorrent' | 'aria2' | 'transmission';
  readonly start: (init: StockClientInit) => Promise<StockClient>;
  /** What makes it demand encryption. */
  readonly settings: Settings;
  /** Whether what follows the handshake is encrypted, too. */
  readonly demands: 'rc4' | 'plaintext';
  readonly format: MetainfoFormat;
  /** Transmission dials no peers on loopback. */
  readonly dialsLoopback: boolean;
  /** Where it has the content: libtorrent takes a v2 tree of one file for that file. */
  readonly content: string;
}

/** libtorrent's `pe_forced` both ways; the level says which methods it takes. */
const forced = (level: number): Settings => ({
  out_enc_policy: 0,
  in_enc_policy: 0,
  allowed_enc_level: level,
});
const libtorrent = {
  client: 'libtorrent',
  start: startLibtorrent,
  dialsLoopback: true,
  content: 'web/a',
} as const;
const aria2 = {
  client: 'aria2',
  start: startAria2,
  format: 'hybrid',
  dialsLoopback: true,
  content: 'web/a',
} as const;
const required = (level: string): Settings => ({ 'bt-require-crypto': 'true', 'bt-min-crypto-level': level });

const CASES: readonly Case[] = [
  { ...libtorrent, format: 'hybrid', demands: 'rc4', settings: forced(2) },
  { ...libtorrent, format: 'v2', demands: 'rc4', settings: forced(2), content: 'a' },
  { ...libtorrent, format: 'v1', demands: 'plaintext', settings: forced(1) },
  { ...aria2, demands: 'rc4', settings: required('arc4') },
  { ...aria2, demands: 'rc4', settings: { 'bt-force-encryption': 'true' } },
  { ...aria2, demands: 'plaintext', settings: required('plain') },
  {
    client: 'transmission',
    start: startTransmission,
    format: 'v1',
    demands: 'rc4',
    settings: { encryption: 2 },
    dialsLoopback: false,
    content: 'web/a',
  },
];

const pool = createHashPool();
let scratch: string;
let source: string;
let undo: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'shoal-encryption-'));
  source = join(scratch, 'source', 'web');
  await mkdir(source, { recursive: true });
  await writeFile(join(source, 'a'), CONTENT);
});
afterEach(async () => {
  for (const step of undo.reverse()) await step();
  undo = [];
});
afterAll(async () => {
  await pool.close();
  await rm(scratch, { recursive: true, force: true });
});

/** An HTTP tracker that knows one peer, once it is there: aria2 learns of peers in no other way. */
async function startTracker() {
  const known: { port?: number } = {};
  const server = createServer((_request, response) => {
    const { port } = known;
    const peer = port === undefined ? Buffer.alloc(0) : Buffer.from([127, 0, 0, 1, port >> 8, port & 0xff]);
    response.end(
      Buffer.concat([Buffer.from(`d8:intervali60e5:peers${peer.length}:`), peer, Buffer.from('e')]),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve));
  undo.push(() => new Promise((resolve) => server.close(resolve)));
  return { known, announce: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}/announce` };
}

async function makeTorrent(format: MetainfoFormat) {
  const { known, announce } = await startTracker();
  const { metainfo, bytes } = await createTorrent(source, { pool, format, pieceLength: PIECE, announce });
  const directory = await mkdtemp(join(scratch, 'torrent-'));
  const torrentFile = join(directory, 'it.torrent');
  await writeFile(torrentFile, bytes);
  return { metainfo, torrentFile, known };
}

/** A session of ours, as it is by default. */
async function startShoal(metainfo: Metainfo, role: 'seeder' | 'leecher') {
  const isSeeder = role === 'seeder';
  const root = isSeeder ? source : await mkdtemp(join(scratch, 'root-'));
  const session = await createSession(
    {},
    { host: LOOPBACK, port: 0, peerClass: isSeeder ? 'seeder' : 'agent', clientVersion: '0.0.0' },
  );
  undo.push(() => session.close());
  const components = { pool, cache: new SpanCache(), files: new OpenFiles() };
  const torrent: Torrent = session.add({
    hashes: hashesOf(metainfo),
    load: () => Promise.resolve(metainfo),
    openStore: () => openDirectoryStore(components, { metainfo, root, create: !isSeeder }),
    have: isSeeder ? 'all' : 'none',
  });
  return { session, torrent, root };
}

/** Stands before `port` and looks at what passes. */
async function watch(port: number) {
  const relay = await startRelay(port);
  undo.push(() => relay.close());
  const expectEncrypted = (demands: Case['demands']): void => {
    // The one that carried the content; Shoal has tried plain text before, and been hung up on.
    const [exchange] = relay.exchanges().sort((a, b) => lengthOf(b) - lengthOf(a));
    const { sent, answered } = exchange!;
    expect(lengthOf(exchange!)).toBeGreaterThan(CONTENT.length);
    expect(isHandshakePrefix(sent)).toBe(false);
    expect(isHandshakePrefix(answered)).toBe(false);
    const isReadable = sent.includes(WORDS) || answered.includes(WORDS);
    expect(isReadable).toBe(demands === 'plaintext');
  };
  return { port: relay.port, expectEncrypted };
}

function lengthOf({ sent, answered }: Exchange): number {
  return sent.length + answered.length;
}

async function expectContent(path: string): Promise<void> {
  expect((await readFile(path)).equals(CONTENT)).toBe(true);
}

describe.skipIf(!isAvailable('libtorrent'))(
  'shoal fetch of a magnet link, from a client that demands encryption',
  () => {
    async function fetchWith(...options: string[]) {
      const { metainfo, torrentFile } = await makeTorrent('v1');
      const directory = await mkdtemp(join(scratch, 'seeder-'));
      await mkdir(join(directory, 'web'));
      await writeFile(join(directory, 'web', 'a'), CONTENT);
      const seeder = await startLibtorrent({ torrentFile, directory, role: 'seeder', settings: forced(2) });
      undo.push(() => seeder.stop());
      const { infoHashV1 } = metainfo;
      const peers = [{ host: LOOPBACK, port: seeder.port }];
      const link = formatMagnet({ ...(infoHashV1 && { infoHashV1 }), trackers: [], peers });
      return shoal('fetch', link, '--to', await mkdtemp(join(scratch, 'fetched-')), ...options);
    }

    it('gets it', async () => {
      const { code, stdout, stderr } = await fetchWith();
      expect(code, stderr).toBe(0);
      await expectContent(join(stdout.trim(), 'a'));
    });

    it('finds nobody with --encryption off', async () => {
      const { code, stderr } = await fetchWith('--encryption', 'off', '--stall-timeout', '5s');
      expect(code).not.toBe(0);
      expect(stderr).toContain('SHOAL_TORRENT_STALLED');
    });
  },
);

describe.each(CASES)('$client that demands $demands ($settings) for a $format torrent', (one) => {
  const { client, start, settings, demands, format, dialsLoopback, content } = one;
  const test = it.skipIf(!isAvailable(client));

  if (dialsLoopback)
    test('fetches from a Shoal seeder that it dials', async () => {
      const { metainfo, torrentFile, known } = await makeTorrent(format);
      const { session } = await startShoal(metainfo, 'seeder');
      const relay = await watch(session.address.port);
      known.port = relay.port;
      const directory = await mkdtemp(join(scratch, 'leecher-'));
      const peers = client === 'libtorrent' ? [{ host: LOOPBACK, port: relay.port }] : [];
      const leecher = await start({ torrentFile, directory, role: 'leecher', settings, peers });
      undo.push(() => leecher.stop());
      await leecher.complete(COMPLETE_DEADLINE_MS);
      await expectContent(join(directory, content));
      relay.expectEncrypted(demands);
    });

  test('fetches from a Shoal seeder that dials it', async () => {
    const { metainfo, torrentFile } = await makeTorrent(format);
    const directory = await mkdtemp(join(scratch, 'leecher-'));
    const leecher = await start({ torrentFile, directory, role: 'leecher', settings });
    undo.push(() => leecher.stop());
    const { torrent } = await startShoal(metainfo, 'seeder');
    const relay = await watch(leecher.port);
    torrent.addPeers([{ host: LOOPBACK, port: relay.port }]);
    await leecher.complete(COMPLETE_DEADLINE_MS);
    await expectContent(join(directory, content));
    relay.expectEncrypted(demands);
  });

  test('seeds to a Shoal leecher that dials it', async () => {
    const { metainfo, torrentFile } = await makeTorrent(format);
    const directory = await mkdtemp(join(scratch, 'seeder-'));
    await mkdir(join(directory, 'web'));
    await writeFile(join(directory, content), CONTENT);
    const seeder = await start({ torrentFile, directory, role: 'seeder', settings });
    undo.push(() => seeder.stop());
    const { torrent, root } = await startShoal(metainfo, 'leecher');
    const relay = await watch(seeder.port);
    torrent.addPeers([{ host: LOOPBACK, port: relay.port }]);
    await torrent.whenComplete({ noProgressMs: COMPLETE_DEADLINE_MS });
    await expectContent(join(root, 'a'));
    relay.expectEncrypted(demands);
  });
});
