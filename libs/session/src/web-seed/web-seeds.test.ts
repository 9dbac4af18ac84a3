import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Metainfo, MetainfoFormat } from '@shoal/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AddTorrent } from '../api/add-torrent.ts';
import type { Session, SessionInit } from '../api/session.ts';
import type { SessionLogger } from '../api/session-logger.ts';
import type { Torrent } from '../api/torrent.ts';
import { createTorrent } from '../storage/create-torrent.ts';
import { TestSessions } from '../test-sessions.ts';
import { type Answer, sendAll, sendRange, TestOrigin } from './test-origin.ts';

const KIB = 1024;
/** Ten times as fast as the machine's: patience with the swarm is worth half a second. */
const CLOCK = { now: () => performance.now() * 10 };

const FILES: ReadonlyMap<string, Buffer> = new Map([
  ['bin/the server', randomBytes(700 * KIB + 1)],
  ['etc/100%.conf', randomBytes(5)],
  ['lib/a', randomBytes(100 * KIB)],
  ['lib/empty', Buffer.alloc(0)],
  ['lib/ü?#', randomBytes(64 * KIB)],
]);

let sessions: TestSessions;
let source = '';
let closing: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  sessions = await TestSessions.create();
  source = await sessions.newDirectory();
  for (const [path, content] of FILES) {
    await mkdir(dirname(join(source, path)), { recursive: true });
    await writeFile(join(source, path), content);
  }
  closing = [];
});

afterEach(async () => {
  await sessions.closeSessions();
  await Promise.all(closing.map((close) => close()));
  await sessions.dispose();
});

async function torrentOf(format: MetainfoFormat): Promise<Metainfo> {
  const { metainfo } = await createTorrent(source, {
    pool: sessions.pool,
    name: 'web',
    format,
    pieceLength: 64 * KIB,
  });
  return metainfo;
}

async function startOrigin(answer: Answer = sendRange): Promise<TestOrigin> {
  const origin = await TestOrigin.start(
    new Map([...FILES].map(([path, content]) => [`/web/${path}`, content])),
    answer,
  );
  closing.push(() => origin.stop());
  return origin;
}

interface Member {
  readonly session: Session;
  readonly torrent: Torrent;
  readonly root: string;
  readonly warn: ReturnType<typeof vi.fn<SessionLogger['warn']>>;
}

async function start(
  metainfo: Metainfo,
  options: Pick<AddTorrent, 'webSeeds'> & { readonly complete?: boolean } & Pick<SessionInit, 'limits'>,
): Promise<Member> {
  const { webSeeds, complete = false, limits } = options;
  const warn = vi.fn<SessionLogger['warn']>();
  const logger = { debug: () => undefined, info: () => undefined, warn };
  const session = await sessions.start(
    { peerClass: complete ? 'seeder' : 'agent', ...(limits && { limits }) },
    { clock: CLOCK, logger },
  );
  const root = complete ? source : await sessions.newDirectory();
  const torrent = sessions.add(session, metainfo, root, {
    have: complete ? 'all' : 'none',
    ...(webSeeds && { webSeeds }),
  });
  return { session, torrent, root, warn };
}

async function expectTree(root: string): Promise<void> {
  for (const [path, content] of FILES) {
    expect(content.equals(await readFile(join(root, path)))).toBe(true);
  }
}

/** Resolves with what was logged of the first failed web seed. */
async function failure({ warn }: Member): Promise<unknown> {
  return await vi.waitFor(
    () => {
      const call = warn.mock.calls.find(([, message]) => message === 'a web seed failed');
      if (call === undefined) throw new Error('no web seed has failed');
      return call[0];
    },
    { timeout: 15_000 },
  );
}

describe('a torrent with a web seed', () => {
  it.each(['v1', 'v2', 'hybrid'] as const)(
    'of format %s is fetched from there without peers',
    async (format) => {
      const origin = await startOrigin();
      const { torrent, root } = await start(await torrentOf(format), { webSeeds: [origin.url] });
      await torrent.whenComplete({ noProgressMs: 100_000 });
      await expectTree(root);
      const { downloaded, wasted } = torrent.progress();
      expect(downloaded.fromOrigins).toBeGreaterThanOrEqual(
        [...FILES.values()].reduce((sum, { length }) => sum + length, 0),
      );
      expect(downloaded.fromPeers + downloaded.fromSeeders + wasted).toBe(0);
      expect(origin.connections).toBe(1);
      // Blocks are fetched together: there are 55 of them.
      expect(origin.requests.length).toBeLessThan(30);
      expect(origin.requests.filter((request) => request.includes('empty'))).toEqual([]);
    },
  );

  it('asks for nothing while a peer gives enough', async () => {
    const metainfo = await torrentOf('hybrid');
    const origin = await startOrigin();
    const seeder = await start(metainfo, { complete: true });
    const { torrent } = await start(metainfo, { webSeeds: [origin.url] });
    torrent.addPeers([seeder.session.address]);
    await torrent.whenComplete({ noProgressMs: 100_000 });
    expect(origin.requests).toEqual([]);
  });

  it('keeps to the rate limit of origins', async () => {
    const origin = await startOrigin();
    const limits = { classes: { origin: { download: 256 * KIB } } };
    const { torrent } = await start(await torrentOf('v2'), { webSeeds: [origin.url], limits });
    await vi.waitFor(() => expect(torrent.progress().downloaded.fromOrigins).toBeGreaterThan(0), 15_000);
    const before = torrent.progress().downloaded.fromOrigins;
    const startedAt = CLOCK.now();
    await torrent.whenComplete({ noProgressMs: 100_000 });
    const seconds = (CLOCK.now() - startedAt) / 1_000;
    expect(torrent.progress().downloaded.fromOrigins - before).toBeLessThan(256 * KIB * (seconds + 1));
  });

  it('comes back after Retry-After when the origin is busy', async () => {
    let isBusy = true;
    const origin = await startOrigin((request, response, content) => {
      if (!isBusy) {
        sendRange(request, response, content);
        return;
      }
      isBusy = false;
      response.writeHead(503, { 'retry-after': '3' }).end();
    });
    const member = await start(await torrentOf('v2'), { webSeeds: [origin.url] });
    expect(await failure(member)).toMatchObject({ code: 'SHOAL_WEB_SEED_BUSY', isGivenUp: false });
    const failedAt = CLOCK.now();
    await member.torrent.whenComplete({ noProgressMs: 100_000 });
    expect(CLOCK.now() - failedAt).toBeGreaterThan(2_500);
    await expectTree(member.root);
  });

  it('is fetched from the next when one sends bad bytes, which is banned', async () => {
    const good = await startOrigin();
    const bad = await startOrigin((request, response, content) => {
      sendRange(request, response, Buffer.alloc(content.length, 'x'));
    });
    const metainfo = await torrentOf('v2');
    const { torrent, root, warn } = await start(metainfo, { webSeeds: [bad.url, good.url] });
    await torrent.whenComplete({ noProgressMs: 200_000 });
    await expectTree(root);
    expect(warn).toHaveBeenCalledWith({ url: bad.url }, 'banned a web seed that sent bad bytes');
  });

  it('takes small files out of whole answers', async () => {
    const origin = await startOrigin(sendAll);
    const { torrent, root } = await start(await torrentOf('v2'), { webSeeds: [origin.url] });
    await torrent.whenComplete({ noProgressMs: 100_000 });
    await expectTree(root);
  });

  it('has failed, but is not given up, after a long silence', async () => {
    const origin = await startOrigin(() => undefined);
    const member = await start(await torrentOf('v2'), { webSeeds: [origin.url] });
    expect(await failure(member)).toMatchObject({ code: 'SHOAL_WEB_SEED_UNREACHABLE', isGivenUp: false });
  });

  it.each<[string, Answer, string]>([
    [
      'redirects',
      (_, response) => response.writeHead(302, { location: '/web/lib/a' }).end(),
      'it answers 302',
    ],
    ['does not have the files', (_, response) => response.writeHead(404).end(), 'it answers 404'],
    [
      'has files of other lengths',
      (request, response, content) => sendRange(request, response, Buffer.concat([content, Buffer.alloc(1)])),
      'where bytes',
    ],
    [
      'compresses',
      (_, response) => response.writeHead(206, { 'content-encoding': 'gzip' }).end('x'),
      'it answers compressed (gzip)',
    ],
  ])('gives up an origin that %s', async (_, answer, reason) => {
    const origin = await startOrigin(answer);
    const member = await start(await torrentOf('v2'), { webSeeds: [origin.url] });
    const logged = await failure(member);
    expect(logged).toMatchObject({ code: 'SHOAL_WEB_SEED_UNFIT', isGivenUp: true });
    expect(logged).toHaveProperty('reason', expect.stringContaining(reason));
    expect(origin.requests).toHaveLength(1);
  });
});
