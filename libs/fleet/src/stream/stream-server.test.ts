import { once } from 'node:events';
import { type IncomingMessage, request, type RequestOptions } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_STREAM_ANSWERS } from './constants.ts';
import { bytesOf, startStreamedSwarm, type StreamedSwarm } from './test-streamed-swarm.ts';

const KIB = 1_024;
const MIB = 1_024 * KIB;
const RANGES = 120;

let swarm: StreamedSwarm;
let base: string;

beforeAll(async () => {
  swarm = await startStreamedSwarm({
    sizes: { 'a b.mp4': 3 * MIB + 17, 'c/d.txt': 100, hidden: 200_000 },
    pieceLength: 64 * KIB,
    uploadLimit: 1 * MIB,
    isServed: ({ path }) => path[0] !== 'hidden',
  });
  base = swarm.base;
});
afterAll(() => swarm.stop());

async function get(name: string, range?: string): Promise<{ status: number; body: Buffer }> {
  const path = name.split('/').map(encodeURIComponent).join('/');
  const response = await fetch(`${base}/files/web/${path}`, { headers: range ? { range } : {} });
  return { status: response.status, body: Buffer.from(await response.arrayBuffer()) };
}

/** Asks as it stands: `fetch` would change paths and headers. */
async function ask(options: RequestOptions): Promise<IncomingMessage> {
  const sent = request(base, { agent: false, ...options }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  return response;
}

describe('files that are served while they are fetched', () => {
  it('are given to a bounded number of clients, and to others when these have gone', async () => {
    // Nobody has the bytes yet: whoever is let in waits.
    const asked = Array.from({ length: MAX_STREAM_ANSWERS + 1 }, () =>
      request(`${base}/files/web/c/d.txt`, { agent: false }).end(),
    );
    for (const sent of asked) sent.on('error', () => undefined);
    const [refused] = (await Promise.race(asked.map((sent) => once(sent, 'response')))) as [IncomingMessage];
    expect(refused.statusCode).toBe(503);
    expect(refused.headers['retry-after']).toBe('2');
    for (const sent of asked) sent.destroy();
    swarm.connect();
    await expect.poll(async () => (await get('c/d.txt')).status).toBe(200);
  });

  it('have the right bytes in any ranges, in any order', { timeout: 60_000 }, async () => {
    const content = swarm.content('a b.mp4');
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
  });

  it.each([
    '/files/web/../web/c/d.txt',
    '/files/web/%2e%2e/web/c/d.txt',
    '/files/web/c%2fd.txt',
    '/files/web/c/d.txt%00',
    '/files//etc/passwd',
    '/files/../../etc/passwd',
    '/files/web/c',
    '/files/',
  ])('are found at their own paths alone: not at %s', async (path) => {
    expect((await ask({ path })).statusCode).toBe(404);
  });

  it('are read, and nothing else is done with them', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])
      expect((await ask({ method, path: '/files/web/c/d.txt' })).statusCode, method).toBe(405);
  });

  it('are not for pages of other sites, whatever name these have given to loopback', async () => {
    const path = '/files/web/c/d.txt';
    expect((await ask({ path, headers: { host: 'attacker.example' } })).statusCode).toBe(421);
    expect((await ask({ path: '/', headers: { host: 'attacker.example' } })).statusCode).toBe(421);
    const { statusCode, headers } = await ask({ path, headers: { host: 'localhost:1' } });
    expect(statusCode).toBe(200);
    expect(headers['cross-origin-resource-policy']).toBe('same-site');
    expect(headers['access-control-allow-origin']).toBeUndefined();
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
