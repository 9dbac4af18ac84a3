import { EventEmitter, once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metainfo } from '@shoal/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PeerClass } from '../api/peer.ts';
import type { Session, SessionComponents } from '../api/session.ts';
import type { Torrent } from '../api/torrent.ts';
import { READ_BUFFER_SIZE } from '../constants.ts';
import { createTorrent } from '../storage/create-torrent.ts';
import type { Schedule } from '../system.ts';
import { TestSessions } from '../test-sessions.ts';
import type { SessionLimits } from './rate-limits.ts';
import { VirtualTimers } from './virtual-timers.ts';

const MIB = 1024 * 1024;
const SIZE = 6 * MIB;
const RATE = 2 * MIB;
/** What the limits let pass beyond the rate: their burst, and a read or a block. */
const BEYOND = 0.04 * RATE + READ_BUFFER_SIZE;

let sessions: TestSessions;
let source: string;
let metainfo: Metainfo;

beforeAll(async () => {
  sessions = await TestSessions.create();
  source = await sessions.newDirectory();
  await writeFile(join(source, 'a'), Buffer.alloc(SIZE, 'shoal'));
  ({ metainfo } = await createTorrent(source, { pool: sessions.pool }));
});
afterEach(() => sessions.closeSessions());
afterAll(() => sessions.dispose());

interface Started {
  readonly session: Session;
  readonly torrent: Torrent;
}

async function start(
  peerClass: PeerClass,
  components: SessionComponents = {},
  limits: SessionLimits = {},
): Promise<Started> {
  const isSeeder = peerClass === 'seeder';
  const session = await sessions.start({ peerClass, limits }, components);
  const root = isSeeder ? source : await sessions.newDirectory();
  const torrent = sessions.add(session, metainfo, root, { have: isSeeder ? 'all' : 'none' });
  return { session, torrent };
}

/** A clock that moves on exactly when someone waits for tokens, so that the rate is what it says it is. */
function drivenClock() {
  const timers = new VirtualTimers();
  const schedule: Schedule = (callback, delayMs) => {
    const cancel = timers.schedule(callback, delayMs);
    setImmediate(() => timers.runUntil(timers.now() + delayMs));
    return cancel;
  };
  return { clock: timers, schedule };
}

/** A clock that stands still; `waiting` resolves when someone waits for tokens. */
function standingClock() {
  const timers = new VirtualTimers();
  const events = new EventEmitter();
  const waiting = once(events, 'waiting');
  const schedule: Schedule = (callback, delayMs) => {
    events.emit('waiting');
    return timers.schedule(callback, delayMs);
  };
  return { components: { clock: timers, schedule }, waiting };
}

describe('two sessions', () => {
  it.each(['upload', 'download'] as const)('keep within an %s limit', async (direction) => {
    const driven = drivenClock();
    const limits = { [direction]: RATE };
    const seeder = await (direction === 'upload' ? start('seeder', driven, limits) : start('seeder'));
    const agent = await (direction === 'download' ? start('agent', driven, limits) : start('agent'));
    agent.torrent.addPeers([seeder.session.address]);
    await agent.torrent.whenComplete();
    expect(agent.torrent.progress().downloaded.fromSeeders).toBe(SIZE);
    expect(driven.clock.now() / 1_000).toBeGreaterThanOrEqual((SIZE - BEYOND) / RATE);
  });

  it('hold back blocks but no messages, until the limit is lifted', async () => {
    const { components, waiting } = standingClock();
    const seeder = await start('seeder', components, { classes: { agent: { upload: RATE } } });
    const agent = await start('agent');
    agent.torrent.addPeers([seeder.session.address]);
    await waiting;
    const [peer] = agent.torrent.peers();
    expect(peer).toMatchObject({ peerClass: 'seeder', downloaded: 0 });
    seeder.session.setLimits({});
    await agent.torrent.whenComplete();
    expect(components.clock.now()).toBe(0);
  });

  it('stop reading at a download limit, until it is lifted', async () => {
    const { components, waiting } = standingClock();
    const seeder = await start('seeder');
    const agent = await start('agent', components);
    agent.torrent.setLimits({ download: RATE });
    agent.torrent.addPeers([seeder.session.address]);
    await waiting;
    expect(agent.torrent.progress().downloaded.fromSeeders).toBeLessThanOrEqual(READ_BUFFER_SIZE);
    agent.torrent.setLimits({});
    await agent.torrent.whenComplete();
    expect(components.clock.now()).toBe(0);
  });

  it('limit only the class that is meant', async () => {
    const { components } = standingClock();
    const seeder = await start('seeder', components, { classes: { client: { upload: RATE } } });
    const agent = await start('agent');
    agent.torrent.addPeers([seeder.session.address]);
    await agent.torrent.whenComplete();
    expect(components.clock.now()).toBe(0);
  });
});
