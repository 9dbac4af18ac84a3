import { torrentMark, wireInfoHash } from '@shoal/protocol';
import { expect, it } from 'vitest';
import { SwarmIndex } from './swarm-index.ts';
import type { JoinedSwarm } from './torrent/joined-swarm.ts';

const hashOf = (byte: number) => wireInfoHash(new Uint8Array(20).fill(byte));

/** The index asks nothing else of a swarm. */
function swarmOf(...bytes: number[]): JoinedSwarm {
  return { wireHashes: bytes.map(hashOf) } as unknown as JoinedSwarm;
}

it('finds swarms by every info-hash and mark that they have, whenever they came and as long as they stay', () => {
  const index = new SwarmIndex();
  const [early, late] = [swarmOf(1, 2), swarmOf(3)];
  index.add(early);
  expect(index.findByMark(torrentMark(hashOf(2)))).toEqual(hashOf(2));
  index.add(late);
  expect(index.findByMark(torrentMark(hashOf(3)))).toEqual(hashOf(3));
  expect([1, 2, 3, 4].map((byte) => index.get(hashOf(byte)))).toEqual([early, early, late, undefined]);
  index.delete(early);
  expect([1, 2, 3].map((byte) => index.findByMark(torrentMark(hashOf(byte))))).toEqual([
    undefined,
    undefined,
    hashOf(3),
  ]);
  expect(index.get(hashOf(1))).toBeUndefined();
});
