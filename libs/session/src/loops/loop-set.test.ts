import { once } from 'node:events';
import { createServer } from 'node:net';
import { randomBytes } from 'node:crypto';
import { afterEach, expect, it, vi } from 'vitest';
import { PEER_ID_LENGTH } from '@shoal/protocol';
import type { PeerAddress } from '../api/peer.ts';
import { HandshakeCounts } from '../encryption/handshake-counts.ts';
import { TestSwarm } from '../test-swarm.ts';
import { hashesOf } from '../torrent/wire-hashes.ts';
import { createBoardMemory } from './board-memory.ts';
import { LoopSet } from './loop-set.ts';

const SIZE = 1 << 20;
/** Longer than it takes a busy machine to start a thread, in milliseconds. */
const PATIENCE = { timeout: 20_000 };

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function freeAddress(): Promise<PeerAddress> {
  const server = createServer().listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const bound = server.address();
  server.close();
  await once(server, 'close');
  if (bound === null || typeof bound === 'string') throw new TypeError('a TCP server without a port');
  return { host: '127.0.0.1', port: bound.port };
}

/** One loop that serves a torrent without a main loop beside it: every connection is its own. */
async function serve() {
  const swarm = await TestSwarm.create(SIZE);
  cleanups.push(() => swarm.dispose());
  const events = { onFigures: vi.fn(), onGone: vi.fn() };
  const warn = vi.fn<(fields: object, message: string) => void>();
  const address = await freeAddress();
  const loops = new LoopSet(
    { logger: { debug: () => undefined, info: () => undefined, warn }, events },
    {
      count: 1,
      address,
      peerId: randomBytes(PEER_ID_LENGTH),
      localAddress: undefined,
      peerClass: 'seeder',
      location: undefined,
      clientVersion: '0.0.0',
      maxConnections: undefined,
      maxPeersPerTorrent: undefined,
      encryption: undefined,
      handshakeMemory: new HandshakeCounts().memory,
    },
  );
  cleanups.push(() => loops.close());
  const { tree } = swarm.describe(swarm.source, { complete: true });
  if (tree === undefined) throw new Error('a complete torrent has a tree');
  const torrent = { name: 'a', hashes: hashesOf(swarm.metainfo), tree, memory: createBoardMemory() };
  loops.add(torrent);
  loops.listen(true);
  return { swarm, loops, torrent, address, events, warn };
}

async function fetchFrom(swarm: TestSwarm, address: PeerAddress): Promise<void> {
  const leecher = await swarm.start();
  leecher.torrent.addPeers([address]);
  await leecher.torrent.whenComplete({ noProgressMs: 60_000 });
  await leecher.session.close();
}

it('replaces a loop that dies, says so, and serves what it served', async () => {
  const { swarm, loops, torrent, address, events, warn } = await serve();
  await fetchFrom(swarm, address);
  await expect
    .poll(() => events.onFigures.mock.lastCall, PATIENCE)
    .toMatchObject([1, { name: 'a', progress: { uploaded: SIZE } }]);
  // A torrent that is there already is a mistake that ends the thread.
  loops.add(torrent);
  await expect
    .poll(() => warn.mock.calls, PATIENCE)
    .toMatchObject([[{ code: 'SHOAL_LOOPS_DIED', loop: 1 }, /is there already/u]]);
  expect(events.onGone.mock.calls).toEqual([[1, 'a']]);
  await fetchFrom(swarm, address);
}, 90_000);

it('refuses connections while it does not listen', async () => {
  const { swarm, loops, address, events } = await serve();
  await fetchFrom(swarm, address);
  loops.listen(false);
  // Answered after the loop has stopped listening.
  await loops.remove('a');
  expect(events.onGone.mock.calls).toEqual([[1, 'a']]);
  const leecher = await swarm.start();
  leecher.torrent.addPeers([address]);
  await expect(leecher.torrent.whenComplete({ noProgressMs: 1_000 })).rejects.toMatchObject({
    code: 'SHOAL_TORRENT_STALLED',
  });
}, 60_000);
