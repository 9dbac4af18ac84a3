import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_DEGREE } from '../constants.ts';
import { testPeer } from '../test-peers.ts';
import { DegreeBuckets } from './degree-buckets.ts';
import type { Peer } from './peer.ts';

const all = (): boolean => true;
const first = (): number => 0;

describe('degree buckets', () => {
  it('give the least linked first, each once', () => {
    const buckets = new DegreeBuckets();
    const peers = [3, 1, 2, 1].map((degree, port) => ({ ...testPeer(port + 1), degree }));
    for (const peer of peers) buckets.add(peer);
    expect(buckets.take(10, first, all).map(({ degree }) => degree)).toEqual([1, 1, 2, 3]);
    expect(buckets.take(2, first, all).map(({ degree }) => degree)).toEqual([1, 1]);
    expect(buckets.lowestDegree).toBe(1);
  });

  it('look at few peers when none is acceptable', () => {
    const buckets = new DegreeBuckets();
    for (let port = 1; port <= 10_000; port++) buckets.add(testPeer(port));
    let looks = 0;
    const none = (): boolean => (looks++, false);
    expect(buckets.take(8, first, none)).toEqual([]);
    expect(looks).toBeLessThan(50);
  });

  it('count no further than the highest degree', () => {
    const buckets = new DegreeBuckets();
    const peer = testPeer(1);
    buckets.add(peer);
    for (let link = 0; link < MAX_DEGREE + 10; link++) buckets.raise(peer, 1);
    expect(peer.degree).toBe(MAX_DEGREE);
    expect(buckets.take(1, first, all)).toEqual([peer]);
  });

  it('hold exactly what was added and not removed, whatever happens in between', () => {
    const action = fc.record({
      what: fc.constantFrom('add', 'remove', 'raise', 'take'),
      which: fc.nat({ max: 30 }),
      random: fc.double({ min: 0, max: 0.999, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
        const buckets = new DegreeBuckets();
        const held = new Set<Peer>();
        for (const { what, which, random } of actions) {
          const peer = [...held][which];
          if (what === 'add') {
            const added = testPeer(held.size + 1);
            held.add(added);
            buckets.add(added);
          } else if (what === 'take') {
            const taken = buckets.take(which, () => random, all);
            expect(taken.length).toBe(Math.min(which, held.size));
            expect(taken.map(({ degree }) => degree)).toEqual(lowest(held, which));
          } else if (peer !== undefined && what === 'remove') {
            held.delete(peer);
            buckets.remove(peer);
          } else if (peer !== undefined) buckets.raise(peer, 1 + (which % 3));
        }
        expect(buckets.size).toBe(held.size);
        expect(new Set(buckets.take(held.size, () => 0.5, all))).toEqual(held);
      }),
    );
  });
});

function lowest(peers: Iterable<Peer>, count: number): number[] {
  return Array.from(peers, ({ degree }) => degree)
    .sort((a, b) => a - b)
    .slice(0, count);
}
