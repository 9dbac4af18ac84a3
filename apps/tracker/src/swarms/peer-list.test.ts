import { describe, expect, it } from 'vitest';
import { seededRandom, testPeer } from '../test-peers.ts';
import { PeerList } from './peer-list.ts';

const random = seededRandom(1);

function listOf(count: number) {
  const list = new PeerList(1);
  const peers = Array.from({ length: count }, (_, index) => testPeer(index + 1));
  for (const peer of peers) list.add(peer);
  return { list, peers };
}

describe('PeerList', () => {
  it('draws every peer as often as the others', () => {
    const { list } = listOf(10);
    const drawn = Array.from({ length: 10_000 }, () => list.draw(random)?.port);
    const counts = Map.groupBy(drawn, (port) => port);
    expect(counts.size).toBe(10);
    for (const { length } of counts.values()) expect(Math.abs(length - 1_000)).toBeLessThan(150);
  });

  it('has nobody to draw when it is empty', () => {
    expect(new PeerList(0).draw(random)).toBeUndefined();
    expect([...new PeerList(0).walk(10, random)]).toEqual([]);
  });

  it('removes any peer, in any order', () => {
    const { list, peers } = listOf(5);
    for (const index of [0, 4, 2]) {
      const peer = peers[index];
      if (peer !== undefined) list.remove(peer);
    }
    expect(list.size).toBe(2);
    expect(new Set([...list.walk(10, random)].map(({ port }) => port))).toEqual(new Set([2, 4]));
  });

  it('walks past every peer once, or as many as it may look at', () => {
    const { list, peers } = listOf(7);
    const seen = [...list.walk(100, random)];
    expect(seen).toHaveLength(7);
    expect(new Set(seen)).toEqual(new Set(peers));
    expect([...list.walk(3, random)]).toHaveLength(3);
  });
});
