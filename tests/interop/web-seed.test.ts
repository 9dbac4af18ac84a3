import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { formatMagnet } from '@shoal/protocol';
import { createHashPool, createTorrent, type HashPool } from '@shoal/session';
import { createCertificateAuthority, isAvailable, startNginx, type TestNginx } from '@shoal/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { shoal, shoalOk } from '../e2e/support/cli.ts';
import { startShoal } from './drivers/shoal.ts';
import type { StockClient } from './drivers/stock-client.ts';

const FILES: Readonly<Record<string, Buffer>> = {
  'bin/the server': Buffer.alloc(300_000, 'shoal'),
  'notes.txt': Buffer.from('read me'),
};
const ARIA2_TIMEOUT_MS = 30_000;

let scratch = '';
let pool: HashPool;
let server: Server;
let fetched: string[] = [];

/** Serves FILES below /web/, in ranges. */
function serve(request: IncomingMessage, response: ServerResponse): void {
  const path = decodeURIComponent(request.url ?? '');
  const content = FILES[path.replace(/^\/web\//, '')];
  fetched.push(path);
  if (content === undefined) {
    response.writeHead(404).end();
    return;
  }
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  if (first === undefined) {
    response.writeHead(200, { 'content-length': content.length }).end(content);
    return;
  }
  const part = content.subarray(Number(first), last ? Number(last) + 1 : undefined);
  const range = `bytes ${first}-${Number(first) + part.length - 1}/${content.length}`;
  response.writeHead(206, { 'content-length': part.length, 'content-range': range }).end(part);
}

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'shoal-web-seed-'));
  pool = createHashPool();
  fetched = [];
  server = createServer(serve).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await pool.close();
  await rm(scratch, { recursive: true, force: true });
});

/** Writes FILES to a directory. */
async function writeSource(): Promise<string> {
  const source = join(scratch, 'source');
  for (const [path, content] of Object.entries(FILES)) {
    await mkdir(join(source, path, '..'), { recursive: true });
    await writeFile(join(source, path), content);
  }
  return source;
}

async function expectFiles(root: string): Promise<void> {
  for (const [path, content] of Object.entries(FILES)) {
    expect(content.equals(await readFile(join(root, path)))).toBe(true);
  }
}

describe('shoal fetch --web-seeds', () => {
  it('takes the content from there, when peers have nothing but the metadata', async () => {
    const { metainfo } = await createTorrent(await writeSource(), { pool, name: 'web', format: 'hybrid' });
    const root = join(scratch, 'leecher');
    const peer = await startShoal({ metainfo, root, role: 'leecher', host: '127.0.0.1' });
    const { infoHashV1, infoHashV2 } = metainfo;
    const peers = [{ host: '127.0.0.1', port: peer.port }];
    const link = formatMagnet({
      ...(infoHashV1 && { infoHashV1 }),
      ...(infoHashV2 && { infoHashV2 }),
      trackers: [],
      peers,
    });
    const { port } = server.address() as AddressInfo;
    const to = join(scratch, 'to');
    await mkdir(to);
    try {
      const url = `http://127.0.0.1:${port}/`;
      await expectFiles((await shoalOk('fetch', link, '--to', to, '--web-seeds', url)).trim());
    } finally {
      await peer.stop();
    }
  });

  it('is no other than HTTP', async () => {
    const link = `magnet:?xt=urn:btih:${'ab'.repeat(20)}`;
    const { code, stderr } = await shoal('fetch', link, '--web-seeds', 'ftp://127.0.0.1/');
    expect(code).not.toBe(0);
    expect(stderr).toContain('SHOAL_CLI_URL');
  });
});

describe.skipIf(!isAvailable('nginx'))('shoal fetch --web-seeds from nginx', () => {
  let origin: TestNginx | undefined;
  let leecher: StockClient | undefined;
  afterEach(async () => {
    await origin?.stop();
    await leecher?.stop();
  });

  /** A link to the torrent of FILES, with a peer that has nothing but the metadata. */
  async function linkTo(): Promise<string> {
    const source = await writeSource();
    await symlink(source, join(scratch, 'web'));
    const { metainfo } = await createTorrent(source, { pool, name: 'web', format: 'hybrid' });
    const init = { metainfo, root: join(scratch, 'leecher'), role: 'leecher', host: '127.0.0.1' } as const;
    leecher = await startShoal(init);
    const { infoHashV1, infoHashV2 } = metainfo;
    const hashes = { ...(infoHashV1 && { infoHashV1 }), ...(infoHashV2 && { infoHashV2 }) };
    return formatMagnet({ ...hashes, trackers: [], peers: [{ host: '127.0.0.1', port: leecher.port }] });
  }

  it('over HTTP', async () => {
    const link = await linkTo();
    origin = await startNginx({ root: scratch });
    const to = join(scratch, 'to');
    await mkdir(to);
    await expectFiles((await shoalOk('fetch', link, '--to', to, '--web-seeds', origin.url)).trim());
  });

  it('over HTTPS, signed by an authority that was named, and not otherwise', async () => {
    const link = await linkTo();
    const authority = createCertificateAuthority();
    origin = await startNginx({ root: scratch, identity: authority.issue('origin') });
    const ca = join(scratch, 'ca.pem');
    await writeFile(ca, authority.ca);
    const to = join(scratch, 'to');
    await mkdir(to);
    const fetch = ['fetch', link, '--to', to, '--web-seeds', origin.url];
    const distrusted = await shoal(...fetch, '--stall-timeout', '15s');
    expect(distrusted.code).not.toBe(0);
    await expectFiles((await shoalOk(...fetch, '--web-seed-ca', ca)).trim());
  });

  it('not with a file that has no certificates', async () => {
    const link = `magnet:?xt=urn:btih:${'ab'.repeat(20)}`;
    const ca = join(scratch, 'ca.pem');
    await writeFile(ca, 'no certificate');
    const { code, stderr } = await shoal('fetch', link, '--web-seeds', 'https://x/', '--web-seed-ca', ca);
    expect(code).toBe(4);
    expect(stderr).toContain('SHOAL_SERVICE_TLS_FILES');
  });
});

describe.skipIf(!isAvailable('aria2'))('a torrent that names a web seed', () => {
  it('is fetched by aria2 from there, with no peer and no tracker', async () => {
    const source = await writeSource();
    const { port } = server.address() as AddressInfo;
    const init = { pool, name: 'web', format: 'v1', webSeeds: [`http://127.0.0.1:${port}/`] } as const;
    const { bytes } = await createTorrent(source, init);
    const torrent = join(scratch, 'web.torrent');
    await writeFile(torrent, bytes);
    const target = join(scratch, 'target');
    const options = [
      '--no-conf',
      '--seed-time=0',
      '--enable-dht=false',
      '--bt-enable-lpd=false',
      '--dir',
      target,
    ];
    await promisify(execFile)('aria2c', [...options, torrent], { timeout: ARIA2_TIMEOUT_MS });
    await expectFiles(join(target, 'web'));
    expect(new Set(fetched)).toEqual(new Set(Object.keys(FILES).map((path) => `/web/${path}`)));
  });
});
