import type { HostRow } from '@shoal/database';
import { expect, it } from 'vitest';
import { mostFreeSeederPolicy } from './seeder-policy.ts';

function seeder(hostId: string, freeBytes: bigint, endpoint = `${hostId}:1`): HostRow {
  return {
    namespace: 'default',
    hostId,
    role: 'seeder',
    principal: 'anonymous',
    zone: '',
    rack: '',
    labels: {},
    software: { version: '0', capabilities: [] },
    endpoint,
    filesUrl: '',
    freeBytes,
    applied: [],
    scrub: null,
    seedingsRevision: 0n,
    lastSeenAt: new Date(0),
  };
}

it('takes the seeder with the most room, and none without enough, or without an address', () => {
  const alive = [
    seeder('b', 7n),
    seeder('full', 4n),
    seeder('a', 7n),
    seeder('large', 9n),
    seeder('mute', 99n, ''),
  ];
  const ranked = mostFreeSeederPolicy.rank(alive, 5n);
  expect(ranked.map(({ hostId }) => hostId)).toEqual(['large', 'a', 'b']);
});
