import { once, EventEmitter } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Metainfo } from '@shoal/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PeerClass, Session, SessionComponents, SessionLogger, Torrent } from './api.ts';
import { REDIAL_MAX } from './constants.ts';
import type { PeerTransport } from './ports/peer-transport.ts';
import { createSession } from './session.ts';
import { createTorrent } from './storage/create-torrent.ts';
import { openDirectoryStore } from './storage/directory-store.ts';
import { createHashPool, type HashPool } from './storage/hash-pool.ts';
import { SpanCache } from './storage/span-cache.ts';
import { createTcpTransport } from './tcp/tcp-transport.ts';
import { hashesOf } from './torrent/wire-hashes.ts';

let pool: HashPool;
let scratch: string;
let source: string;
let metainfo: Metainfo;
let sessions: Session[] = [];

beforeAll(async () => {
  pool = createHashPool();
  scratch = await mkdtemp(join(tmpdir(), 'shoal-seeder-dials-'));
  source = await mkdtemp(join(scratch, 'source-'));
  await writeFile(join(source, 'a'), Buffer.alloc(300_000, 'shoal'));
  ({ metainfo } = await createTorrent(source, { pool }));
});
afterEach(async () => {
  await Promise.all(sessions.map((session) => session.close()));
  sessions = [];
});
afterAll(async () => {
  await pool.close();
  await rm(scratch, { recursive: true, force: true });
});

async function start(peerClass: PeerClass, components: SessionComponents = {}) {
  const init = { host: '127.0.0.1', port: 0, peerClass, clientVersion: '0.0.0' };
  const session = await createSession(components, init);
  sessions.push(session);
  const isSeeder = peerClass === 'seeder';
  const root = isSeeder ? source : await mkdtemp(join(scratch, 'root-'));
  const torrent: Torrent = session.add({
    hashes: hashesOf(metainfo),
    load: () => Promise.resolve(metainfo),
    openStore: () =>
      openDirectoryStore({ pool, cache: new SpanCache() }, { metainfo, root, create: !isSeeder }),
    have: isSeeder ? 'all' : 'none',
  });
  return { address: session.address, torrent };
}

/** Resolves after the dials that are due. */
const dialsMade = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

/** What a session needs so that its dials can be counted, the end of a connection awaited, and time moved on. */
function observed() {
  const events = new EventEmitter();
  const tcp = createTcpTransport();
  const dials: number[] = [];
  let ahead = 0;
  const clock = { now: () => performance.now() + ahead };
  const transport: PeerTransport = {
    listen: (address, onStream) => tcp.listen(address, onStream),
    dial: (address, signal) => {
      dials.push(address.port);
      return tcp.dial(address, signal);
    },
  };
  const logger: SessionLogger = {
    debug: (_fields, message) => void events.emit(message),
    info: () => undefined,
    warn: () => undefined,
  };
  const passTime = (milliseconds: number): void => {
    ahead += milliseconds;
  };
  return { events, dials, passTime, components: { transport, logger, clock } };
}

describe('a complete torrent', () => {
  it('dials whom it is told of', async () => {
    const seeder = await start('seeder');
    const leecher = await start('agent');
    seeder.torrent.addPeers([leecher.address]);
    await leecher.torrent.whenComplete({ noProgressMs: 10_000 });
    expect(leecher.torrent.progress().downloaded.fromSeeders).toBeGreaterThanOrEqual(metainfo.totalSize);
  });

  it('hangs up at once on a peer that is complete too, and never dials it again', async () => {
    const { events, dials, passTime, components } = observed();
    const one = await start('seeder', components);
    const other = await start('seeder');
    const hungUp = once(events, 'peer disconnected');
    one.torrent.addPeers([other.address]);
    await hungUp;
    passTime(2 * REDIAL_MAX);
    one.torrent.addPeers([other.address]);
    await dialsMade();
    expect(dials).toEqual([other.address.port]);
  });
});
