import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  decodeExtensionHandshake,
  encodeMessage,
  encodeWantedMessage,
  formatMagnet,
  type Metainfo,
  wireInfoHash,
} from '@shoal/protocol';
import {
  createHashPool,
  createSession,
  createTorrent,
  hashesOf,
  openDirectoryStore,
  OpenFiles,
  SpanCache,
} from '@shoal/session';
import { freePort } from '@shoal/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { shoalOk } from './support/cli.ts';
import { RawPeer } from './support/raw-peer.ts';

const KIB = 1_024;
const MIB = 1_024 * KIB;
const SIZE = 4 * MIB;
const METADATA_PIECE = 16 * KIB;
const PATIENCE = { timeout: 20_000, interval: 50 };
/** What a socket and its two ends hold on loopback before the writer notices that nobody reads, and some. */
const IN_FLIGHT = 12 * MIB;
/** What a flood would send if nobody stopped it. */
const FLOOD = 64 * MIB;
const HAVE = 4;
const EXTENDED = 20;
const HASH_REJECT = 23;

const pool = createHashPool();
const undo: (() => unknown)[] = [() => pool.close()];
let scratch: string;
let source: string;
let metainfo: Metainfo;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'shoal-hostile-'));
  source = join(scratch, 'source');
  await mkdir(source);
  await writeFile(join(source, 'a'), randomFillSync(Buffer.allocUnsafe(SIZE)));
  ({ metainfo } = await createTorrent(source, { pool, format: 'hybrid', pieceLength: 16 * KIB }));
});
afterAll(async () => {
  for (const step of undo.reverse()) await step();
  await rm(scratch, { recursive: true });
});

const infoHash = () => wireInfoHash(metainfo.infoHashV1!);

async function startSession(root: string, role: 'seeder' | 'agent') {
  const session = await createSession(
    {},
    { host: '127.0.0.1', port: 0, peerClass: role, clientVersion: '0.0.0' },
  );
  undo.push(() => session.close());
  const store = { pool, cache: new SpanCache(), files: new OpenFiles() };
  const torrent = session.add({
    hashes: hashesOf(metainfo),
    load: () => Promise.resolve(metainfo),
    openStore: () => openDirectoryStore(store, { metainfo, root, create: role === 'agent' }),
    have: role === 'seeder' ? 'all' : 'none',
  });
  return { torrent, port: session.address.port };
}

/** A server whose every connection is `attack`ed. */
async function startHostile(attack: (peer: RawPeer) => Promise<void>) {
  const peers: RawPeer[] = [];
  const server: Server = createServer((socket) => {
    const peer = new RawPeer(socket, infoHash(), `hostile ${(server.address() as AddressInfo).port}`);
    peers.push(peer);
    void attack(peer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  undo.push(() => {
    for (const peer of peers) peer.close();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, peers };
}

function dataMessage(piece: number, totalSize: number, length: number): Buffer {
  const head = `d8:msg_typei1e5:piecei${piece}e10:total_sizei${totalSize}ee`;
  return Buffer.concat([Buffer.from(head), Buffer.alloc(length)]);
}

function introduction(size: number): string {
  return `d1:md11:ut_metadatai1ee13:metadata_sizei${size}ee`;
}

async function flood(peer: RawPeer, say: (count: number) => Promise<void>): Promise<void> {
  for (let count = 0; !peer.isClosed && peer.sent < FLOOD; count += 1) await say(count);
}

it('shoal fetch takes a bounded number of bytes from peers that lie about metadata, and gets it elsewhere', async () => {
  const huge = await startHostile((peer) => peer.extended(0, introduction(2 ** 32)));
  const unasked = await startHostile(async (peer) => {
    await peer.extended(0, introduction(1));
    await flood(peer, () => peer.extended(1, dataMessage(0, 1, 1)));
  });
  const outOfRange = await startHostile(async (peer) => {
    await peer.extended(0, introduction(2 ** 32));
    await flood(peer, (piece) => peer.extended(1, dataMessage(2 ** 31 + piece, 2 ** 32, METADATA_PIECE)));
  });
  const hashes = await startHostile(async (peer) => {
    const range = { piecesRoot: new Uint8Array(32), baseLayer: 0, index: 0, length: 512, proofLayers: 0 };
    const message = encodeMessage({ type: 'hashes', ...range, hashes: new Uint8Array(512 * 32) });
    await flood(peer, () => peer.say(message));
  });
  const floods = [unasked, outOfRange, hashes];
  const hostile = [huge, ...floods];
  const port = await freePort();
  const to = await mkdtemp(join(scratch, 'to-'));
  const link = formatMagnet({
    infoHashV1: metainfo.infoHashV1!,
    infoHashV2: metainfo.infoHashV2!,
    trackers: [],
    peers: hostile.map((server) => ({ host: '127.0.0.1', port: server.port })),
  });
  const fetching = shoalOk('fetch', link, '--to', to, '--peer-listen', `127.0.0.1:${port}`);
  // Each flood was cut off before the honest one comes.
  await expect.poll(() => floods.every(({ peers }) => peers[0]?.isClosed), PATIENCE).toBe(true);
  await expect.poll(() => huge.peers.length, PATIENCE).toBeGreaterThan(0);
  for (const { peers } of floods) {
    for (const peer of peers) expect(peer.sent).toBeLessThan(IN_FLIGHT);
  }
  const seeder = await startSession(source, 'seeder');
  seeder.torrent.addPeers([{ host: '127.0.0.1', port }]);
  const path = (await fetching).trim();
  expect((await readFile(join(path, 'a'))).equals(await readFile(join(source, 'a')))).toBe(true);
  // Nobody asked for pieces of 4 GiB: the introduction is all that was said.
  for (const peer of huge.peers) expect(peer.received(EXTENDED).length).toBeLessThanOrEqual(1);
});

it('a seeder answers floods of requests within bounds, and goes on serving', async () => {
  const { port } = await startSession(source, 'seeder');
  const size = metainfo.infoBytes.length;
  const pieces = Math.ceil(size / METADATA_PIECE);

  const asking = await RawPeer.dial(port, infoHash(), 'asks for metadata');
  await asking.extended(0, introduction(2 ** 32));
  for (let count = 0; !asking.isClosed && count < 10_000; count += 1)
    await asking.extended(1, `d8:msg_typei0e5:piecei${count % pieces}ee`);
  await expect.poll(() => asking.isClosed, PATIENCE).toBe(true);
  const told = asking.received(EXTENDED).filter((body) => body.length > METADATA_PIECE / 2);
  expect(told.length).toBeLessThanOrEqual(3 * pieces);

  const outOfRange = await RawPeer.dial(port, infoHash(), 'asks out of range');
  await outOfRange.extended(0, introduction(1));
  for (let count = 0; !outOfRange.isClosed && count < 10_000; count += 1)
    await outOfRange.extended(1, `d8:msg_typei0e5:piecei${2 ** 32 - 1 - count}ee`);
  await expect.poll(() => outOfRange.isClosed, PATIENCE).toBe(true);
  expect(Math.max(...outOfRange.received(EXTENDED).map(({ length }) => length))).toBeLessThan(KIB);

  const piecesRoot = Buffer.from([...metainfo.pieceLayers.keys()][0] ?? '', 'hex');
  const ranges = [
    { piecesRoot: new Uint8Array(32), baseLayer: 0, index: 0, length: 2, proofLayers: 0 },
    { piecesRoot, baseLayer: 200, index: 0, length: 2, proofLayers: 0 },
    { piecesRoot, baseLayer: 0, index: 2 ** 31, length: 512, proofLayers: 0 },
    { piecesRoot, baseLayer: 0, index: 0, length: 2 ** 31, proofLayers: 2 ** 31 },
  ];
  const hashing = await RawPeer.dial(port, infoHash(), 'asks for hashes');
  for (const range of ranges) await hashing.say(encodeMessage({ type: 'hash-request', ...range }));
  await expect
    .poll(() => hashing.isClosed || hashing.received(HASH_REJECT).length === ranges.length, PATIENCE)
    .toBe(true);
  const deep = await RawPeer.dial(port, infoHash(), 'nests deeply');
  await deep.extended(0, 'd1:m' + 'l'.repeat(100_000));
  await expect.poll(() => deep.isClosed, PATIENCE).toBe(true);

  const root = await mkdtemp(join(scratch, 'leecher-'));
  const leecher = await startSession(root, 'agent');
  leecher.torrent.addPeers([{ host: '127.0.0.1', port }]);
  await leecher.torrent.whenComplete({ noProgressMs: 20_000 });
  hashing.close();
});

it('whoever fetches hangs up on hashes that it did not ask for', async () => {
  const root = await mkdtemp(join(scratch, 'fetching-'));
  const { port } = await startSession(root, 'agent');
  const range = { piecesRoot: new Uint8Array(32), baseLayer: 0, index: 0, length: 512, proofLayers: 0 };
  for (const message of [
    encodeMessage({ type: 'hashes', ...range, hashes: new Uint8Array(512 * 32) }),
    encodeMessage({ type: 'hash-reject', ...range }),
  ]) {
    const peer = await RawPeer.dial(port, infoHash(), 'sends hashes');
    await flood(peer, () => peer.say(message));
    await expect.poll(() => peer.isClosed, PATIENCE).toBe(true);
    expect(peer.sent).toBeLessThan(IN_FLIGHT);
  }
});

it('a seeder shows a few pieces to a peer that says it needs all of them soon, and leaves one that talks nonsense', async () => {
  const seeder = await startSession(source, 'seeder');
  const [other, greedy] = await Promise.all(
    ['other', 'greedy'].map(async (seed) => {
      const peer = await RawPeer.dial(seeder.port, infoHash(), seed);
      for (const type of ['have-none', 'interested'] as const) await peer.say(encodeMessage({ type }));
      await peer.extended(0, 'd1:md12:shoal_wantedi1eee');
      return peer;
    }),
  );
  if (other === undefined || greedy === undefined) throw new Error('two peers were dialled');
  undo.push(() => other.close());
  await expect.poll(() => greedy.received(EXTENDED).length, PATIENCE).toBeGreaterThan(0);
  const { extensions } = decodeExtensionHandshake(greedy.received(EXTENDED)[0]!.subarray(1));
  const wanted = extensions.get('shoal_wanted')!;
  for (let count = 0; count < 2_000; count += 1) {
    const pieces = Array.from({ length: 63 }, (_, at) => (count * 63 + at) % metainfo.pieceCount);
    await greedy.extended(wanted, encodeWantedMessage([0xffff_ffff, ...pieces]));
  }
  await expect.poll(() => greedy.received(HAVE).length, PATIENCE).toBeGreaterThan(2);
  await greedy.extended(wanted, 'abc');
  await expect.poll(() => greedy.isClosed, PATIENCE).toBe(true);
  expect(greedy.received(HAVE).length).toBeLessThan(metainfo.pieceCount / 8);
  expect(other.isClosed).toBe(false);
});
