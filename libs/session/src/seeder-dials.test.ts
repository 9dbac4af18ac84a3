import { once, EventEmitter } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SessionLogger } from './api/session-logger.ts';
import { REDIAL_MAX } from './constants.ts';
import type { PeerTransport } from './ports/peer-transport.ts';
import { createTcpTransport } from './tcp/tcp-transport.ts';
import { TestSwarm } from './test-swarm.ts';

let swarm: TestSwarm;

beforeAll(async () => {
  swarm = await TestSwarm.create(300_000);
});
afterEach(() => swarm.closeSessions());
afterAll(() => swarm.dispose());

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
    const seeder = await swarm.start({ complete: true });
    const leecher = await swarm.start();
    seeder.torrent.addPeers([leecher.session.address]);
    await leecher.torrent.whenComplete({ noProgressMs: 10_000 });
    const { fromSeeders } = leecher.torrent.progress().downloaded;
    expect(fromSeeders).toBeGreaterThanOrEqual(swarm.metainfo.totalSize);
  });

  it('hangs up at once on a peer that is complete too, and never dials it again', async () => {
    const { events, dials, passTime, components } = observed();
    const one = await swarm.start({ ...components, complete: true });
    const { address } = (await swarm.start({ complete: true })).session;
    const hungUp = once(events, 'peer disconnected');
    one.torrent.addPeers([address]);
    await hungUp;
    passTime(2 * REDIAL_MAX);
    one.torrent.addPeers([address]);
    await dialsMade();
    expect(dials).toEqual([address.port]);
  });
});
