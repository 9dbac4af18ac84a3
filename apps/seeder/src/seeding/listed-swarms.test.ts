import { Seeding } from '@shoal/contracts';
import { digestHex, type SwarmRecord, swarmKey } from '@shoal/fleet';
import { describe, expect, it } from 'vitest';
import { ListedSwarms } from './listed-swarms.ts';

const content = new Uint8Array(32).fill(1);
const [main, side, other] = [2, 3, 4].map((byte) => new Uint8Array(20).fill(byte)) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
];

function recordOf(infoHash: Uint8Array, name = 'web', namespace = 'default'): SwarmRecord {
  return {
    key: swarmKey(infoHash),
    namespace,
    name,
    version: '1',
    contentDigest: digestHex(content),
    size: 1,
    grant: '',
    grantedAt: 0,
    grantExpiresAt: 0,
    trackerEndpoints: [],
  };
}

describe('what the catalog lists', () => {
  const listed = new ListedSwarms();
  listed.add(
    Seeding.fromPartial({ namespace: 'default', name: 'web', contentDigest: content }),
    swarmKey(main),
  );

  it.each([
    ['lacks a side swarm that was removed', recordOf(side), true],
    ['has the main one', recordOf(main), false],
    ['says nothing of an artifact it does not name', recordOf(other, 'db'), false],
    ['says nothing of another namespace', recordOf(other, 'web', 'team'), false],
  ])('%s', (_, record, lacks) => {
    expect(listed.lacksOnlySwarm(record)).toBe(lacks);
  });
});
