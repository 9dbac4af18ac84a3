import { createHash } from 'node:crypto';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import {
  encodeExtensionHandshake,
  encodeHandshake,
  encodeMessage,
  encodeMetadataMessage,
  filesWithoutLayer,
  HANDSHAKE_LENGTH,
  type Metainfo,
  METADATA_PIECE_SIZE,
  metadataPieceSize,
  decodeMetadataMessage,
  MessageParser,
  wireInfoHash,
} from '@shoal/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createSession } from '../session.ts';
import type { PeerAddress } from '../api/peer.ts';
import type { Session, SessionComponents } from '../api/session.ts';
import { TestSwarm } from '../test-swarm.ts';
import { hashesOf } from '../torrent/wire-hashes.ts';
import type { MetadataFetch } from './metadata-fetch.ts';

const PATIENCE = { noProgressMs: 15_000 };
const PIECE = 16 * 1024;
/** 1,300 pieces: a layer that is asked for in three parts, and v1 metadata of two pieces. */
const SIZE = 1_300 * PIECE - 7;

let sessions: Session[] = [];
let servers: Server[] = [];

async function startFetch(
  metainfo: Metainfo,
  hashes = hashesOf(metainfo),
  components: SessionComponents = {},
) {
  const session = await createSession(components, {
    host: '127.0.0.1',
    port: 0,
    peerClass: 'agent',
    clientVersion: '0',
  });
  sessions.push(session);
  const fetch = session.fetchMetadata({ hashes: { ...hashes, aliases: [] }, trackers: ['http://t/'] });
  return { session, fetch };
}

async function expectFetched(
  fetch: MetadataFetch,
  { infoBytes, pieceLayers }: Metainfo,
): Promise<{ peers: readonly PeerAddress[]; foundPeers: readonly PeerAddress[] }> {
  const { metainfo, peers, foundPeers } = await fetch.whenFetched(PATIENCE);
  expect(Buffer.compare(metainfo.infoBytes, infoBytes)).toBe(0);
  expect(metainfo.pieceLayers).toEqual(pieceLayers);
  expect(metainfo.announceTiers).toEqual([['http://t/']]);
  return { peers, foundPeers };
}

/** A peer that gives as metadata what it is told to, and says that it is so long. */
async function startLiar(metainfo: Metainfo, metadata: Uint8Array, metadataSize = metadata.length) {
  const asked: number[] = [];
  let connections = 0;
  const onPeer = (socket: Socket): void => {
    connections += 1;
    const infoHash = wireInfoHash((metainfo.infoHashV1 ?? metainfo.infoHashV2!).subarray(0, 20));
    const peerId = createHash('sha1').update(String(metadataSize)).update(metadata.subarray(0, 9)).digest();
    socket.on('error', () => undefined);
    socket.write(encodeHandshake({ infoHash, peerId, extensions: true, fast: false, v2: false }));
    const extensions = new Map([['ut_metadata', 3]]);
    const payload = encodeExtensionHandshake({ extensions, metadataSize });
    socket.write(encodeMessage({ type: 'extended', extendedId: 0, payload }));
    const parser = new MessageParser(
      {
        onMessage: (message) => {
          if (message.type !== 'extended' || message.extendedId === 0) return;
          const request = decodeMetadataMessage(message.payload);
          if (request?.type !== 'request') return;
          const { piece } = request;
          asked.push(piece);
          const begin = piece * METADATA_PIECE_SIZE;
          const data = metadata.subarray(begin, begin + metadataPieceSize(piece, metadata.length));
          const answer = encodeMetadataMessage({ type: 'data', piece, totalSize: metadata.length, data });
          socket.write(encodeMessage({ type: 'extended', extendedId: 1, payload: answer }));
        },
        onBlockStart: () => undefined,
        onBlockBytes: () => undefined,
        onBlockEnd: () => undefined,
      },
      undefined,
    );
    let skip = HANDSHAKE_LENGTH;
    socket.on('data', (chunk) => {
      const cut = Math.min(skip, chunk.length);
      skip -= cut;
      parser.push(chunk.subarray(cut));
    });
  };
  const server = createServer(onPeer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  return { address, asked, connections: () => connections };
}

afterEach(async () => {
  await Promise.all(sessions.map((session) => session.close()));
  sessions = [];
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  servers = [];
});

describe.each(['v1', 'v2', 'hybrid'] as const)('the metadata of a %s torrent', (format) => {
  let swarm: TestSwarm;
  beforeAll(async () => {
    swarm = await TestSwarm.create(SIZE, { format, pieceLength: PIECE });
  });
  afterEach(() => swarm.closeSessions());
  afterAll(() => swarm.dispose());

  it('comes from a seeder, and the torrent can be added in its place', async () => {
    const seeder = await swarm.start({ complete: true });
    const { session, fetch } = await startFetch(swarm.metainfo);
    fetch.addPeers([seeder.session.address]);
    const { peers } = await expectFetched(fetch, swarm.metainfo);
    expect(peers).toContainEqual(seeder.session.address);
    expect(fetch.progress().phase).toBe('done');
    const { load, openStore } = swarm.describe(`${swarm.scratch}/fetched`);
    const torrent = session.add({ hashes: hashesOf(swarm.metainfo), load, openStore, have: 'none' });
    torrent.addPeers(peers);
    await torrent.whenComplete(PATIENCE);
  });

  it('comes from a peer that dials us', async () => {
    const { session, fetch } = await startFetch(swarm.metainfo);
    const seeder = await swarm.start({ complete: true });
    seeder.torrent.addPeers([session.address]);
    const { peers, foundPeers } = await expectFetched(fetch, swarm.metainfo);
    expect(peers).toEqual([]);
    expect(foundPeers).toContainEqual(seeder.session.address);
  });

  it('comes from the honest ones among peers that lie about it', async () => {
    const { infoBytes } = swarm.metainfo;
    const other = Uint8Array.from(infoBytes);
    other[infoBytes.length - 2] = other[infoBytes.length - 2]! ^ 1;
    const liars = [
      await startLiar(swarm.metainfo, other),
      await startLiar(swarm.metainfo, infoBytes.subarray(0, -1)),
      await startLiar(swarm.metainfo, new Uint8Array(9), 2 ** 32),
    ];
    const { fetch } = await startFetch(swarm.metainfo);
    fetch.addPeers(liars.map(({ address }) => address));
    await expect.poll(() => liars.every(({ connections }) => connections() > 0)).toBe(true);
    const seeder = await swarm.start({ complete: true });
    fetch.addPeers([seeder.session.address]);
    await expectFetched(fetch, swarm.metainfo);
    expect(liars[2]?.asked).toEqual([]);
    // One that sends all of it alone is banned, and not dialled again.
    expect(liars[1]?.connections()).toBe(1);
  });
});

describe('a fetch of metadata', () => {
  let swarm: TestSwarm;
  beforeAll(async () => {
    swarm = await TestSwarm.create(SIZE, { format: 'hybrid', pieceLength: PIECE });
  });
  afterEach(() => swarm.closeSessions());
  afterAll(() => swarm.dispose());

  it('by the v1 hash of a hybrid finds its piece layers too', async () => {
    const seeder = await swarm.start({ complete: true });
    const { fetch } = await startFetch(swarm.metainfo, { v1: swarm.metainfo.infoHashV1! });
    fetch.addPeers([seeder.session.address]);
    await expectFetched(fetch, swarm.metainfo);
  });

  it('of a hybrid does without piece layers when the peers that know them not are silent', async () => {
    // Patience runs out early: 15 s take 0.75.
    const hurry = { clock: { now: () => 20 * performance.now() } };
    const silent = await startLiar(swarm.metainfo, swarm.metainfo.infoBytes);
    const { fetch } = await startFetch(swarm.metainfo, hashesOf(swarm.metainfo), hurry);
    fetch.addPeers([silent.address]);
    const { metainfo, peers } = await fetch.whenFetched();
    expect(filesWithoutLayer(metainfo)).toHaveLength(1);
    expect(peers).toEqual([silent.address]);
  });

  it('takes the place of its torrent in the session until it is over', async () => {
    const { session, fetch } = await startFetch(swarm.metainfo);
    const options = swarm.describe(`${swarm.scratch}/unused`, { complete: true });
    expect(() => session.add(options)).toThrow(expect.objectContaining({ code: 'SHOAL_TORRENT_EXISTS' }));
    expect(session.get(swarm.metainfo.infoHashV1!)).toBeUndefined();
    expect([...session.torrents()]).toEqual([]);
    const waiting = expect(fetch.whenFetched()).rejects.toMatchObject({ code: 'SHOAL_TORRENT_CLOSED' });
    await fetch.remove();
    await waiting;
    expect(session.add(options).progress().state).toBe('idle');
  });

  it('says what is missing when nothing comes', async () => {
    const { fetch } = await startFetch(swarm.metainfo);
    await expect(fetch.whenFetched({ noProgressMs: 1 })).rejects.toMatchObject({
      code: 'SHOAL_TORRENT_STALLED',
      message: expect.stringMatching(/^no metadata of .* with 0 peers$/) as string,
    });
  });

  it('refuses a torrent without a hash that proves anything', async () => {
    const { session } = await startFetch(swarm.metainfo);
    expect(() => session.fetchMetadata({ hashes: { aliases: [new Uint8Array(20)] }, trackers: [] })).toThrow(
      expect.objectContaining({ code: 'SHOAL_TORRENT_NO_HASH' }),
    );
  });

  it('hangs up on malformed messages', async () => {
    const { session, fetch } = await startFetch(swarm.metainfo);
    const { port } = session.address;
    const infoHash = wireInfoHash(swarm.metainfo.infoHashV1!);
    for (const payload of ['x', 'd8:msg_typei1e5:piecei0e10:total_sizei4294967296ee', '']) {
      const socket = connect(port, '127.0.0.1');
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.on('error', () => undefined).resume();
      const peerId = createHash('sha1').update(payload).digest();
      socket.write(encodeHandshake({ infoHash, peerId, extensions: true, fast: false, v2: false }));
      socket.write(encodeMessage({ type: 'extended', extendedId: 1, payload: Buffer.from(payload) }));
      await closed;
    }
    expect(fetch.progress()).toMatchObject({ phase: 'info', bytesDone: 0 });
  });
});
