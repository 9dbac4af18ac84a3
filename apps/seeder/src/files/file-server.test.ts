import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHttpServer, createLogger, type HttpServer, startTelemetry, systemClock } from '@shoal/service';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MAX_FILE_ANSWERS } from '../constants.ts';
import { CONTENT_PREFIX } from './content-path.ts';
import { createFileServer } from './file-server.ts';

const DIGEST = 'ab'.repeat(32);
const TEXT = '0123456789';
const MIB = 1024 * 1024;
/** More than the kernel takes of an answer that nobody reads. */
const LARGE = 64 * MIB;
const telemetry = startTelemetry({ service: 'test', version: '0', instance: 'i' });
const logger = createLogger({ service: 'test', level: 'silent' });

let scratch = '';
let server: HttpServer;
let endpoint = '';

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'shoal-file-server-'));
  const tree = join(scratch, DIGEST);
  await mkdir(join(tree, 'a b'), { recursive: true });
  await writeFile(join(scratch, 'secret'), 'secret');
  await writeFile(join(tree, 'a b', '100%'), TEXT);
  await writeFile(join(tree, 'web'), 'lone');
  await writeFile(join(tree, 'empty'), '');
  await writeFile(join(tree, 'large'), '');
  await truncate(join(tree, 'large'), LARGE);
  await symlink('../secret', join(tree, 'out'));
  await symlink('..', join(tree, 'up'));
  await symlink('web', join(tree, 'within'));
  await start(undefined);
});

afterEach(async () => {
  await server.stop(100);
  await rm(scratch, { recursive: true, force: true });
});

async function start(uploadLimit: number | undefined): Promise<void> {
  const components = {
    trees: { path: (digest: string) => join(scratch, digest) },
    isServed: ({ digest, name }: { digest: string; name: string }) => digest === DIGEST && name === 'web',
    clock: systemClock,
    telemetry,
  };
  server = createHttpServer({ logger, telemetry }, { listen: '127.0.0.1:0' });
  server.route('GET', `${CONTENT_PREFIX}*`, createFileServer(components, { uploadLimit }));
  ({ endpoint } = await server.start());
}

const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(`http://${endpoint}/content/${DIGEST}/${path}`, { method, headers });

/** The status of a path as it stands: `fetch` would take its dots out. */
async function statusOf(path: string): Promise<number | undefined> {
  const sent = request(`http://${endpoint}`, { path }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  return response.statusCode;
}

describe('the files of an artifact', () => {
  it('are counted, as far as they were read', async () => {
    const counted = async (): Promise<number> => {
      const [, count] = /^shoal_seeder_file_bytes_total\S* (\d+)$/m.exec(await telemetry.metricsText()) ?? [];
      return Number(count);
    };
    const before = await counted();
    await (await get('web/a%20b/100%25', { range: 'bytes=2-4' })).text();
    await (await get('web/a%20b/100%25')).text();
    await expect.poll(counted).toBe(before + 13);
  });

  it('are served whole', async () => {
    const response = await get('web/a%20b/100%25');
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(TEXT);
    expect(response.headers.get('accept-ranges')).toBe('bytes');
    expect(response.headers.get('etag')).toBe(`"${DIGEST}"`);
  });

  it('are served in ranges', async () => {
    const response = await get('web/a%20b/100%25', { range: 'bytes=2-4' });
    expect(response.status).toBe(206);
    expect(response.headers.get('content-range')).toBe('bytes 2-4/10');
    expect(response.headers.get('content-length')).toBe('3');
    expect(await response.text()).toBe('234');
  });

  it('have no bytes behind their end', async () => {
    const response = await get('web/a%20b/100%25', { range: 'bytes=10-' });
    expect(response.status).toBe(416);
    expect(response.headers.get('content-range')).toBe('bytes */10');
  });

  it('are served whole when the range was of another version', async () => {
    const response = await get('web/web', { range: 'bytes=0-0', 'if-range': '"other"' });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('lone');
  });

  it('are described to HEAD, again and again', async () => {
    for (let count = 0; count <= MAX_FILE_ANSWERS; count += 1) {
      const response = await get('web/large', {}, 'HEAD');
      expect(response.status).toBe(200);
      expect(response.headers.get('content-length')).toBe(String(LARGE));
    }
  });

  it('have padding beside them, for clients that take it for files', async () => {
    const whole = await get('web/.pad/100000');
    expect(Buffer.from(await whole.arrayBuffer())).toEqual(Buffer.alloc(100_000));
    const part = await get('web/.pad/100000', { range: 'bytes=99990-' });
    expect(part.headers.get('content-range')).toBe('bytes 99990-99999/100000');
    expect(await part.arrayBuffer()).toHaveProperty('byteLength', 10);
  });

  it('may be empty, or alone under the name of the artifact', async () => {
    expect((await get('web/empty')).status).toBe(200);
    expect(await (await get('web')).text()).toBe('lone');
  });

  it.each([
    'web/none',
    'web/a%20b',
    'web/out',
    'web/up/secret',
    'web/within',
    'other/web',
    'web/a%',
    'web//web',
    'web/.pad/0',
    'web/.pad/16777216',
    'web/.pad/1e3',
    'web/.pad/5/6',
    'other/.pad/5',
  ])('are not found at %s', async (path) => {
    expect((await get(path)).status).toBe(404);
  });

  it.each([
    `/content/${DIGEST}/web/../../secret`,
    `/content/${DIGEST}/web/%2e%2e/secret`,
    `/content/${DIGEST}/web/..%2fsecret`,
    `/content/${DIGEST}/web/web%00`,
    `/content/../web/secret`,
    `/content/${'cd'.repeat(32)}/web/web`,
    '/content/',
  ])('do not lead out of the tree: %s', async (path) => {
    expect(await statusOf(path)).toBe(404);
  });

  it('are served to so many at once, and to others again when these are done', async () => {
    const started: ClientRequest[] = [];
    for (let count = 0; count < MAX_FILE_ANSWERS; count += 1) {
      const sent = request(`http://${endpoint}/content/${DIGEST}/web/large`, { agent: false }).end();
      // Nobody reads the answer.
      await once(sent, 'response');
      started.push(sent);
    }
    const refused = await get('web/web');
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('10');
    for (const sent of started) sent.destroy();
    await expect.poll(async () => (await get('web/web')).status).toBe(200);
  });

  it('are sent at the rate that is allowed', async () => {
    await server.stop(100);
    await start(16 * MIB);
    const startedAt = performance.now();
    await (await get('web/large', { range: `bytes=0-${8 * MIB - 1}` })).arrayBuffer();
    // Half a second, less the first chunk, which goes at once.
    expect(performance.now() - startedAt).toBeGreaterThan(450);
  });
});
