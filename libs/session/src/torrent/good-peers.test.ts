import { describe, expect, it } from 'vitest';
import { MAX_RESUMED_PEERS } from '../constants.ts';
import { GoodPeers } from './good-peers.ts';

const address = (port: number) => ({ host: '192.0.2.1', port });
const peer = (port: number, wasUseful: boolean) => ({ listenAddress: address(port), wasUseful });

describe('GoodPeers', () => {
  it('lists useful peers first, then other connected ones, then those that are gone, each once', () => {
    const good = new GoodPeers();
    for (const port of [1, 2, 3, 1]) good.remember(address(port));
    const connected = [
      peer(4, false),
      peer(5, true),
      peer(3, false),
      { listenAddress: undefined, wasUseful: true },
    ];
    expect(good.list(connected).map(({ port }) => port)).toEqual([5, 4, 3, 1, 2]);
  });

  it('forgets', () => {
    const good = new GoodPeers();
    good.remember(address(1));
    good.forget(address(1));
    expect(good.list([])).toEqual([]);
  });

  it('is bounded, the newest are kept', () => {
    const good = new GoodPeers();
    for (let port = 1; port <= MAX_RESUMED_PEERS + 5; port += 1) good.remember(address(port));
    const ports = good.list([]).map(({ port }) => port);
    expect(ports).toHaveLength(MAX_RESUMED_PEERS);
    expect(Math.min(...ports)).toBe(6);
    expect(good.list([peer(999, true)])).toHaveLength(MAX_RESUMED_PEERS);
  });
});
