import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHttpServer, createLogger, type HttpServer, startTelemetry } from '@shoal/service';
import {
  createHashPool,
  createSession,
  createTorrent,
  hashesOf,
  openDirectoryStore,
  OpenFiles,
  type Session,
  SpanCache,
} from '@shoal/session';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addStreamRoutes } from './stream-routes.ts';

const KIB = 1_024;
const MIB = 1_024 * KIB;
const RANGES = 120;
const NAMES = ['a b.mp4', 'c/d.txt', 'hidden'];

const pool = createHashPool();
const sessions: Session[] = [];
const contents = new Map(
  [3 * MIB + 17, 100, 200_000].map((size, at) => [NAMES[at] ?? '', bytesOf(size, at + 1)]),
);
let scratch: string;
let server: HttpServer;
let base: string;
/** Lets the fetch begin. */
let connect: () => void;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'shoal-stream-routes-'));
  const source = join(scratch, 'web');
  await mkdir(join(source, 'c'), { recursive: true });
  for (const [name, content] of contents) await writeFile(join(source, name), content);
  const { metainfo } = await createTorrent(source, { pool, format: 'v1', pieceLength: 64 * KIB });
  const add = async (root: string, have: 'all' | 'none', upload?: number) => {
    const identity = { peerClass: 'agent', clientVersion: '0.0.0' } as const;
    const session = await createSession({}, { host: '127.0.0.1', port: 0, ...identity });
    sessions.push(session);
    const components = { pool, cache: new SpanCache(), files: new OpenFiles() };
    const torrent = session.add({
      hashes: hashesOf(metainfo),
      load: () => Promise.resolve(metainfo),
      openStore: () => openDirectoryStore(components, { metainfo, root, create: have === 'none' }),
      have,
      limits: upload === undefined ? {} : { upload },
    });
    return { session, torrent };
  };
  const seeder = await add(source, 'all', 1 * MIB);
  const { torrent } = await add(join(scratch, 'to'), 'none');
  const logger = createLogger({ service: 'stream', level: 'silent' });
  const telemetry = startTelemetry({ service: 'stream', version: '0.0.0', instance: 'a' });
  server = createHttpServer({ logger, telemetry }, { listen: '127.0.0.1:0' });
  addStreamRoutes(
    { server, torrent, telemetry },
    { metainfo, isServed: ({ path }) => path[0] !== 'hidden', readTimeoutMs: 10_000 },
  );
  base = `http://${(await server.start()).endpoint}`;
  connect = () => torrent.addPeers([seeder.session.address]);
});

afterAll(async () => {
  await server.stop(100);
  await Promise.all(sessions.map((session) => session.close()));
  await pool.close();
  await rm(scratch, { recursive: true, force: true });
});

/** Bytes that look random, the same at each run. */
function bytesOf(size: number, seed: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(size / 32) }, (_, at) =>
    createHash('sha256').update(`${seed}/${at}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, size);
}

async function get(name: string, range?: string): Promise<{ status: number; body: Buffer }> {
  const path = name.split('/').map(encodeURIComponent).join('/');
  const response = await fetch(`${base}/files/web/${path}`, { headers: range ? { range } : {} });
  return { status: response.status, body: Buffer.from(await response.arrayBuffer()) };
}

describe('files that are served while they are fetched', () => {
  it('are given to a bounded number of clients, and to others when these have gone', async () => {
    // Nobody has the bytes yet: whoever is let in waits.
    const asked = Array.from({ length: 33 }, () =>
      request(`${base}/files/web/c/d.txt`, { agent: false }).end(),
    );
    for (const sent of asked) sent.on('error', () => undefined);
    const [refused] = (await Promise.race(asked.map((sent) => once(sent, 'response')))) as [IncomingMessage];
    expect(refused.statusCode).toBe(503);
    expect(refused.headers['retry-after']).toBe('2');
    for (const sent of asked) sent.destroy();
    connect();
    await expect.poll(async () => (await get('c/d.txt')).status).toBe(200);
  });

  it('have the right bytes in any ranges, in any order', { timeout: 60_000 }, async () => {
    const content = contents.get('a b.mp4') ?? Buffer.alloc(0);
    const draws = bytesOf(RANGES * 8, 99);
    const ask = async (at: number): Promise<void> => {
      const start = draws.readUInt32LE(at * 8) % content.length;
      const length = 1 + (draws.readUInt32LE(at * 8 + 4) % (300 * KIB));
      const { status, body } = await get('a b.mp4', `bytes=${start}-${start + length - 1}`);
      expect(status).toBe(206);
      expect(body.equals(content.subarray(start, start + length)), `${start}+${length}`).toBe(true);
    };
    for (let at = 0; at < RANGES; at += 4) await Promise.all([0, 1, 2, 3].map((next) => ask(at + next)));
  });

  it('are listed, those that are not fetched apart', async () => {
    expect(await (await fetch(`${base}/`)).json()).toEqual({
      name: 'web',
      files: [
        { path: 'a b.mp4', length: 3 * MIB + 17, url: '/files/web/a%20b.mp4' },
        { path: 'c/d.txt', length: 100, url: '/files/web/c/d.txt' },
      ],
    });
    expect((await get('hidden')).status).toBe(404);
    expect((await get('../c/d.txt')).status).toBe(404);
  });

  it('are known by their tags, and take several ranges for all of it', async () => {
    const url = `${base}/files/web/c/d.txt`;
    const etag = (await fetch(url, { method: 'HEAD' })).headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[0-9a-f]{40}-1"$/);
    expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(304);
    const stale = await fetch(url, { headers: { range: 'bytes=0-1', 'if-range': '"other"' } });
    expect(stale.status).toBe(200);
    expect((await get('c/d.txt', 'bytes=0-1,4-5')).status).toBe(200);
    expect((await get('c/d.txt', 'bytes=100-')).status).toBe(416);
  });
});
