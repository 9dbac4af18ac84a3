import { beforeEach, describe, expect, it } from 'vitest';
import { createNearRegularHandOutPolicy } from '../hand-out/near-regular-hand-out-policy.ts';
import { peerInit, seededRandom } from '../test-peers.ts';
import type { Peer } from './peer.ts';
import { SwarmRegistry } from './swarm-registry.ts';

const START = 1_700_000_000_000;
let registry: SwarmRegistry;

beforeEach(() => {
  const random = seededRandom(1);
  const policy = createNearRegularHandOutPolicy(random);
  registry = new SwarmRegistry({ policy, random }, { maxSwarms: 3, maxPeersPerSwarm: 10, now: START });
});

const listener = () => {
  const offered: Peer[] = [];
  let expirations = 0;
  return {
    offered,
    offer: (peer: Peer) => void offered.push(peer),
    reported: () => undefined,
    expired: () => (expirations += 1),
    count: () => expirations,
  };
};

describe('the registry', () => {
  it('keeps swarms apart, and forgets empty ones', () => {
    const a = registry.join('one', peerInit(1), 10);
    expect(registry.join('two', peerInit(2), 10).handedOut).toEqual([]);
    expect([registry.swarmCount, registry.peerCount]).toEqual([2, 2]);
    registry.leave(a);
    registry.leave(a);
    expect([registry.swarmCount, registry.peerCount]).toEqual([1, 1]);
    expect(registry.find('one')).toBeUndefined();
  });

  it('has bounds, which those already in do not feel', () => {
    for (let port = 1; port <= 10; port++) registry.join('one', peerInit(port), 0);
    expect(() => registry.join('one', peerInit(11), 0)).toThrow(
      expect.objectContaining({ code: 'SHOAL_TRACKER_PEER_LIMIT' }),
    );
    registry.join('one', peerInit(10), 0);
    registry.join('two', peerInit(1), 0);
    registry.join('three', peerInit(1), 0);
    expect(() => registry.join('four', peerInit(1), 0)).toThrow(
      expect.objectContaining({ code: 'SHOAL_TRACKER_SWARM_LIMIT' }),
    );
    expect(registry.peerCount).toBe(12);
  });

  it('offers nobody a newcomer that several have reported', () => {
    const watcher = listener();
    const a = registry.join('one', { ...peerInit(1), listener: watcher }, 0);
    const b = registry.join('one', peerInit(2), 0);
    const bad = { ...peerInit(3), peerId: new Uint8Array(20).fill(3) };
    registry.join('one', bad, 0);
    expect(watcher.offered.map(({ port }) => port)).toEqual([2, 3]);
    for (const { swarm, peer } of [a, b]) swarm.report(peer, bad.peerId);
    registry.join('one', bad, 0);
    expect(watcher.offered).toHaveLength(2);
    expect(
      registry
        .join('one', peerInit(4), 10)
        .handedOut.map(({ port }) => port)
        .sort(),
    ).toEqual([1, 2]);
  });

  it('has one peer for each key', () => {
    const before = registry.join('one', peerInit(1), 0);
    const { swarm } = registry.join('one', peerInit(1, { port: 99 }), 0);
    registry.leave(before);
    expect(swarm.size).toBe(1);
    expect(registry.join('one', peerInit(2), 10).handedOut.map(({ port }) => port)).toEqual([99]);
  });

  it('forgets peers that expire, and tells their streams', () => {
    const stream = listener();
    registry.join('one', peerInit(1, { expiresAt: START + 5_000, listener: stream }), 0);
    registry.join('one', peerInit(2, { expiresAt: START + 60_000 }), 0);
    registry.expire(START + 4_000);
    expect(registry.peerCount).toBe(2);
    registry.expire(START + 8_000);
    expect([registry.peerCount, stream.count()]).toEqual([1, 1]);
    registry.expire(START + 63_000);
    expect(registry.swarmCount).toBe(0);
  });

  it('lets an end be put off and brought forward', () => {
    const kept = registry.join('one', peerInit(1, { expiresAt: START + 5_000 }), 0);
    const cut = registry.join('one', peerInit(2, { expiresAt: START + 50_000 }), 0);
    registry.setExpiry(kept, START + 30_000);
    registry.setExpiry(cut, START + 10_000);
    registry.expire(START + 15_000);
    expect([kept.swarm.has(kept.peer), cut.swarm.has(cut.peer)]).toEqual([true, false]);
  });

  it('tells streams that lack links of a newcomer they were not handed to', () => {
    const [lacking, content] = [listener(), listener()];
    registry.join('one', peerInit(1, { listener: lacking }), 0);
    registry.join('one', peerInit(2, { listener: content, wanted: 0 }), 0);
    registry.join('one', peerInit(3), 0);
    expect(lacking.offered.map(({ port }) => port)).toEqual([2, 3]);
    expect(content.offered).toEqual([]);
    registry.join('one', peerInit(4), 10);
    expect(lacking.offered.map(({ port }) => port)).toEqual([2, 3]);
  });

  it('tells a few complete streams of an incomplete newcomer', () => {
    const seeders = [1, 2, 3, 4].map((port) => {
      const stream = listener();
      registry.join('one', peerInit(port, { complete: true, wanted: 0, listener: stream }), 0);
      return stream;
    });
    const told = () => seeders.flatMap(({ offered }) => offered.splice(0).map(({ port }) => port));
    registry.join('one', peerInit(5), 0);
    expect(told()).toEqual([5, 5]);
    registry.join('one', peerInit(6, { complete: true }), 0);
    expect(told()).toEqual([]);
  });

  it('tells a complete stream also of a stock client it was handed to, not of a host', () => {
    const seeder = listener();
    registry.join('one', peerInit(1, { complete: true, wanted: 0, listener: seeder }), 0);
    registry.join('one', peerInit(2, { listener: listener() }), 10);
    registry.join('one', peerInit(3), 10);
    expect(seeder.offered.map(({ port }) => port)).toEqual([3]);
  });

  it('counts each completion once', () => {
    const { swarm, peer } = registry.join('one', peerInit(1), 0);
    swarm.setComplete(peer, true);
    swarm.setComplete(peer, true);
    expect([swarm.completions, swarm.complete.size, swarm.incomplete.size]).toEqual([1, 1, 0]);
    swarm.setComplete(peer, false);
    expect([swarm.complete.size, swarm.incomplete.size]).toEqual([0, 1]);
  });
});
