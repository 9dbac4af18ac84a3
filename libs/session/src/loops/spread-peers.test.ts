import { expect, it } from 'vitest';
import { spreadPeers } from './spread-peers.ts';

const PEERS = Array.from({ length: 1_000 }, (_, index) => ({ host: '10.0.0.1', port: 1_024 + index }));

it('divides peers evenly, the same each time', () => {
  const shares = spreadPeers(PEERS, 4);
  expect(shares.flat()).toHaveLength(PEERS.length);
  for (const share of shares) {
    expect(share.length).toBeGreaterThan(200);
    expect(share.length).toBeLessThan(300);
  }
  expect(spreadPeers(PEERS.toReversed(), 4).map((share) => share.toReversed())).toEqual(shares);
});
