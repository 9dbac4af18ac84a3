import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Bitfield,
  decodeBencodeDictionary,
  decodeMetadataMessage,
  encodeExtensionHandshake,
  encodeMetadataMessage,
  formatMagnet,
  joinMetainfo,
  METADATA_PIECE_SIZE,
  type Metainfo,
  type MetainfoFormat,
  wireInfoHashes,
} from '@shoal/protocol';
import {
  createHashPool,
  createSession,
  createTorrent,
  hashesOf,
  openDirectoryStore,
  OpenFiles,
  type PeerAddress,
  type Session,
  type SessionLimits,
  SpanCache,
  type Torrent,
} from '@shoal/session';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { shoal, startFetch } from './support/cli.ts';
import { RawPeer } from './support/raw-peer.ts';
import { until } from './support/until.ts';

const KIB = 1_024;
const MIB = 1_024 * KIB;
const LOOPBACK = '127.0.0.1';
const PIECE = 64 * KIB;
const SIZE = 12 * MIB;
const RATE = 4 * MIB;
/** What the first fetch gets of it, at least. */
const BEFORE_KILL = 5 * MIB;
/** Ids of extended messages, and of the one of BEP 9 at a peer of ours. */
const EXTENDED = 20;
const METADATA_ID = 3;

const pool = createHashPool();
let scratch: string;
let undo: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'shoal-magnet-resume-'));
});
afterEach(async () => {
  for (const step of undo.reverse()) await step();
  undo = [];
});
afterAll(async () => {
  await pool.close();
  await rm(scratch, { recursive: true, force: true });
});

/** Starts a seeder of a tree. */
async function startSeeder(
  metainfo: Metainfo,
  root: string,
  limits: SessionLimits = {},
): Promise<{ readonly session: Session; readonly torrent: Torrent }> {
  const identity = { peerClass: 'client', clientVersion: '0.0.0' } as const;
  const session = await createSession({}, { host: LOOPBACK, port: 0, ...identity, limits });
  undo.push(() => session.close());
  const components = { pool, cache: new SpanCache(), files: new OpenFiles() };
  const torrent = session.add({
    hashes: hashesOf(metainfo),
    load: () => Promise.resolve(metainfo),
    openStore: () => openDirectoryStore(components, { metainfo, root, create: false }),
    have: 'all',
  });
  return { session, torrent };
}

function linkTo({ infoHashV1, infoHashV2 }: Metainfo, peer: PeerAddress): string {
  const hashes = { ...(infoHashV1 && { infoHashV1 }), ...(infoHashV2 && { infoHashV2 }) };
  return formatMagnet({ ...hashes, trackers: [], peers: [peer] });
}

/** Bytes of the pieces that a fetch of this directory has written, as its resume file says. */
async function writtenBytes(directory: string, metainfo: Metainfo): Promise<number> {
  const names = await readdir(directory);
  const resume = names.find((name) => name.endsWith('.incoming.resume')) ?? 'none';
  const { dictionary } = decodeBencodeDictionary(await readFile(join(directory, resume)));
  const written = Bitfield.fromBytes(metainfo.pieceCount, dictionary.get('written') as Uint8Array);
  return written.count * PIECE;
}

describe('shoal fetch of a magnet link that is killed', () => {
  it.each<[MetainfoFormat, string]>([
    ['v1', 'whole'],
    ['v2', 'whole'],
    ['hybrid', 'whole'],
    // After the patience of LAYERS_PATIENCE, which the second call does not need again.
    ['hybrid', 'without piece layers'],
  ])(
    'in the middle of the content goes on where it was: %s, known to its seeder %s',
    async (format, knowledge) => {
      const content = randomFillSync(Buffer.alloc(SIZE));
      const source = await mkdtemp(join(scratch, 'source-'));
      await writeFile(join(source, 'large'), content);
      const { metainfo } = await createTorrent(source, { pool, format, name: 'web', pieceLength: PIECE });
      const { infoBytes } = metainfo;
      const known =
        knowledge === 'whole'
          ? metainfo
          : joinMetainfo({ infoBytes, pieceLayers: new Map(), trackers: [] }).metainfo;
      const { session, torrent } = await startSeeder(known, source, { upload: RATE });
      const link = linkTo(metainfo, session.address);
      const to = await mkdtemp(join(scratch, 'to-'));

      const first = startFetch(link, '--to', to);
      await until('some of it is there', () =>
        Promise.resolve(torrent.progress().uploaded >= BEFORE_KILL || undefined),
      );
      await first.kill();
      await until('the seeder sees it gone', () =>
        Promise.resolve(torrent.peers().length === 0 || undefined),
      );
      const written = await writtenBytes(to, metainfo);
      expect(written).toBeGreaterThan(BEFORE_KILL / 2);
      const sentBefore = torrent.progress().uploaded;
      session.setLimits({});

      const { code, stdout, stderr } = await shoal('fetch', link, '--to', to);
      expect({ code, stdout: stdout.trim() }).toEqual({ code: 0, stdout: join(to, 'web') });
      expect((await readFile(join(to, 'web', 'large'))).equals(content)).toBe(true);
      expect(torrent.progress().uploaded - sentBefore).toBe(SIZE - written);
      // Nor is it asked again what the torrent is.
      expect(stderr).not.toContain('metadata');
      expect(await readdir(to)).toEqual(['web']);
    },
  );

  it('in the middle of the metadata starts again', async () => {
    const source = join(await mkdtemp(join(scratch, 'source-')), 'web');
    await mkdir(source);
    // 1,000 names of 100 bytes: 9 pieces of metadata.
    const names = Array.from({ length: 1_000 }, (_, at) => String(at).padStart(100, 'n'));
    for (const name of names) await writeFile(join(source, name), name);
    const { metainfo } = await createTorrent(source, { pool, format: 'hybrid', pieceLength: PIECE });
    const to = await mkdtemp(join(scratch, 'to-'));

    const half = await startHalfPeer(metainfo);
    const first = startFetch(linkTo(metainfo, half.address), '--to', to);
    await until('it has some of the metadata', () => Promise.resolve(half.told() > 0 || undefined));
    await first.kill();
    expect(half.told()).toBeLessThan(metainfo.infoBytes.length / METADATA_PIECE_SIZE);
    expect(await readdir(to)).toEqual([]);

    const { session } = await startSeeder(metainfo, source);
    const { code, stdout } = await shoal('fetch', linkTo(metainfo, session.address), '--to', to);
    expect({ code, stdout: stdout.trim() }).toEqual({ code: 0, stdout: join(to, 'web') });
    expect((await readdir(join(to, 'web'))).sort()).toEqual(names.toSorted());
    expect(await readdir(to)).toEqual(['web']);
  });
});

/** A peer that tells the first two pieces of metadata, and then nothing more. */
async function startHalfPeer(metainfo: Metainfo): Promise<{ readonly address: PeerAddress; told(): number }> {
  const { infoBytes } = metainfo;
  let told = 0;
  const server = createServer((socket) => {
    const peer = new RawPeer(socket, wireInfoHashes(metainfo)[0]!, 'half');
    const extensions = new Map([['ut_metadata', METADATA_ID]]);
    void peer.extended(0, encodeExtensionHandshake({ extensions, metadataSize: infoBytes.length }));
    socket.on('data', () => {
      for (const body of peer.received(EXTENDED).slice(1 + told)) {
        const request = body[0] === METADATA_ID ? decodeMetadataMessage(body.subarray(1)) : undefined;
        if (request?.type !== 'request' || told === 2) return;
        const data = infoBytes.subarray(request.piece * METADATA_PIECE_SIZE).subarray(0, METADATA_PIECE_SIZE);
        const answer = { type: 'data', piece: request.piece, totalSize: infoBytes.length, data } as const;
        told += 1;
        void peer.extended(1, encodeMetadataMessage(answer));
      }
    });
  });
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  undo.push(async () => {
    server.close();
    await once(server, 'close');
  });
  return { address: { host: LOOPBACK, port: (server.address() as AddressInfo).port }, told: () => told };
}
