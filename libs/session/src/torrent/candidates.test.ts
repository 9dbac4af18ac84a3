import { describe, expect, it } from 'vitest';
import { wireInfoHash } from '@shoal/protocol';
import { createSeededRandom, type Random } from '@shoal/swarm';
import {
  MAX_CANDIDATES,
  MAX_FOUND_CANDIDATES,
  MAX_FOUND_DIALS,
  NEXT_WAY_DELAY,
  REDIAL_MAX,
  REDIAL_MIN,
  USELESS_DIALS,
} from '../constants.ts';
import { Candidates, dialWays } from './candidates.ts';

const HASHES = [1, 2, 3].map((byte) => wireInfoHash(new Uint8Array(20).fill(byte)));
const WAYS = dialWays(HASHES, false);
/** Draws the greatest number: pauses are as long as they get. */
const LONGEST: Random = { below: (bound) => bound - 1 };
const anyone = () => true;
const address = (port: number) => ({ host: '192.0.2.1', port });

describe('Candidates', () => {
  it('hands out each address once until it is settled', () => {
    const candidates = new Candidates(LONGEST, WAYS);
    for (const port of [1, 2, 1]) candidates.add(address(port));
    expect(
      [candidates.take(0, anyone), candidates.take(0, anyone), candidates.take(0, anyone)].map(
        (dial) => dial?.address,
      ),
    ).toEqual([address(1), address(2), undefined]);
    candidates.settle(address(1), 'closed', 0);
    expect(candidates.take(REDIAL_MIN - 1, anyone)).toBeUndefined();
    expect(candidates.take(REDIAL_MIN, anyone)?.address).toEqual(address(1));
  });

  it('waits longer after each failure, to a limit', () => {
    const candidates = new Candidates(LONGEST, WAYS);
    candidates.add(address(1));
    let now = 0;
    const pauses: number[] = [];
    for (let failure = 0; failure < 10; failure += 1) {
      candidates.take(now, anyone);
      candidates.settle(address(1), 'failed', now);
      const failedAt = now;
      while (candidates.take(now, anyone) === undefined) now += REDIAL_MIN / 2;
      pauses.push(now - failedAt);
    }
    expect(pauses.slice(0, 3)).toEqual([2 * REDIAL_MIN, 4 * REDIAL_MIN, 8 * REDIAL_MIN]);
    expect(pauses.at(-1)).toBe(REDIAL_MAX);
  });

  it('draws half of each pause at random, the same for the same seed', () => {
    const pauseOf = (seed: number): number => {
      const candidates = new Candidates(createSeededRandom(seed), WAYS);
      candidates.add(address(1));
      candidates.take(0, anyone);
      candidates.settle(address(1), 'failed', 0);
      let now = 0;
      while (candidates.take(now, anyone) === undefined) now += 1;
      return now;
    };
    const pauses = Array.from({ length: 100 }, (_, seed) => pauseOf(seed));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(REDIAL_MIN);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(2 * REDIAL_MIN);
    expect(new Set(pauses).size).toBeGreaterThan(50);
    expect(pauseOf(7)).toBe(pauses[7]);
  });

  it('hands out the peers of before a restart first, and known ones once', () => {
    const candidates = new Candidates(LONGEST, WAYS);
    for (const port of [1, 2, 3]) candidates.add(address(port));
    expect(candidates.take(0, anyone)?.address).toEqual(address(1));
    candidates.addFirst([address(9), address(2), address(1)]);
    const taken = [1, 2, 3, 4].map(() => candidates.take(0, anyone)?.address.port);
    expect(taken).toEqual([9, 2, 3, undefined]);
  });

  it('passes over addresses that must not be dialled now', () => {
    const candidates = new Candidates(LONGEST, WAYS);
    for (const port of [1, 2]) candidates.add(address(port));
    expect(candidates.take(0, ({ port }) => port !== 1)?.address).toEqual(address(2));
    expect(candidates.take(0, anyone)?.address).toEqual(address(1));
  });

  it('goes through the info-hashes when a peer refuses them, in quick succession the first time', () => {
    const candidates = new Candidates(LONGEST, WAYS);
    candidates.add(address(1));
    let now = 0;
    const tried: (readonly [number | undefined, number])[] = [];
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const startedAt = now;
      let dial = candidates.take(now, anyone);
      for (; dial === undefined; dial = candidates.take(now, anyone)) now += NEXT_WAY_DELAY;
      tried.push([dial.infoHash[0], now - startedAt]);
      candidates.settle(address(1), 'refused', now);
    }
    expect(tried).toEqual([
      [1, 0],
      [2, NEXT_WAY_DELAY],
      [3, NEXT_WAY_DELAY],
      [1, 2 * REDIAL_MIN],
      [2, 4 * REDIAL_MIN],
    ]);
  });

  it('tries encryption after plain text, with every info-hash, where it is allowed', () => {
    const candidates = new Candidates(LONGEST, dialWays(HASHES, true));
    candidates.add(address(1));
    const tried: (readonly [number | undefined, boolean])[] = [];
    for (let now = 0; now < 6 * NEXT_WAY_DELAY; now += NEXT_WAY_DELAY) {
      const { infoHash, isEncrypted } = candidates.take(now, anyone)!;
      tried.push([infoHash[0], isEncrypted]);
      candidates.settle(address(1), 'refused', now);
    }
    expect(tried).toEqual([
      [1, false],
      [2, false],
      [3, false],
      [1, true],
      [2, true],
      [3, true],
    ]);
    expect(candidates.take(7 * NEXT_WAY_DELAY, anyone)).toBeUndefined();
  });

  it.each([
    { refusals: 1, way: { infoHash: HASHES[1], isEncrypted: false } },
    { refusals: 4, way: { infoHash: HASHES[1], isEncrypted: true } },
  ])('stays with the way that a peer took, after $refusals refusals', ({ refusals, way }) => {
    const candidates = new Candidates(LONGEST, dialWays(HASHES, true));
    candidates.add(address(1));
    for (let refusal = 0; refusal < refusals; refusal += 1) {
      candidates.take(REDIAL_MAX, anyone);
      candidates.settle(address(1), 'refused', 0);
    }
    for (const outcome of ['closed', 'failed'] as const) {
      candidates.take(REDIAL_MAX, anyone);
      candidates.settle(address(1), outcome, 0);
    }
    expect(candidates.take(REDIAL_MAX, anyone)).toEqual({ address: address(1), ...way });
  });

  it('never hands out excluded and banned addresses, nor what is no address', () => {
    const candidates = new Candidates(LONGEST, WAYS);
    candidates.add(address(1));
    candidates.exclude(address(1));
    candidates.ban(new Uint8Array(20).fill(1), address(2));
    for (const bad of [address(0), address(65_536), address(1.5), { host: '', port: 1 }]) candidates.add(bad);
    candidates.add(address(2));
    expect(candidates.take(REDIAL_MAX, anyone)).toBeUndefined();
    expect(candidates.isBanned(new Uint8Array(20).fill(1))).toBe(true);
    expect(candidates.isBanned(new Uint8Array(20))).toBe(false);
  });

  it('forgets, once complete, who is not connected, who is gone and who cannot be reached', () => {
    const candidates = new Candidates(LONGEST, WAYS);
    for (const port of [1, 2]) candidates.add(address(port));
    candidates.take(0, anyone);
    candidates.startSeeding();
    expect(candidates.take(REDIAL_MAX, anyone)).toBeUndefined();
    candidates.settle(address(1), 'closed', 0);
    expect(candidates.hasPending).toBe(false);
    candidates.add(address(3));
    for (let dial = 1; dial <= USELESS_DIALS; dial += 1) {
      expect(candidates.take(dial * REDIAL_MAX, anyone)?.address).toEqual(address(3));
      candidates.settle(address(3), 'failed', dial * REDIAL_MAX);
    }
    expect(candidates.hasPending).toBe(false);
  });

  it('is bounded', () => {
    const candidates = new Candidates(LONGEST, WAYS);
    for (let port = 1; port <= MAX_CANDIDATES + 10; port += 1) candidates.add(address(port));
    let count = 0;
    while (candidates.take(0, anyone) !== undefined) count += 1;
    expect(count).toBe(MAX_CANDIDATES);
  });

  describe('with addresses that no tracker named', () => {
    const portsTaken = (candidates: Candidates): (number | undefined)[] => {
      const ports: (number | undefined)[] = [];
      for (;;) {
        const dial = candidates.take(0, anyone);
        if (dial === undefined) return ports;
        ports.push(dial.address.port);
      }
    };

    it('hands out those of trackers first, then of the local network, then of peers', () => {
      const candidates = new Candidates(LONGEST, WAYS);
      candidates.add(address(1), 'pex');
      candidates.add(address(2), 'lsd');
      candidates.add(address(3));
      candidates.add(address(4), 'pex');
      candidates.add(address(4), 'tracker');
      candidates.add(address(3), 'pex');
      expect([3, 4].map((port) => candidates.originOf(address(port)))).toEqual(['tracker', 'tracker']);
      expect(portsTaken(candidates)).toEqual([3, 4, 2, 1]);
    });

    it('keeps so many, which take no place of others', () => {
      const candidates = new Candidates(LONGEST, WAYS);
      for (let port = 1; port <= MAX_FOUND_CANDIDATES + 10; port += 1) candidates.add(address(port), 'pex');
      expect(candidates.addresses()).toHaveLength(MAX_FOUND_CANDIDATES);
      for (let port = 1; port <= MAX_CANDIDATES + 10; port += 1) candidates.add(address(10_000 + port));
      expect(candidates.addresses()).toHaveLength(MAX_FOUND_CANDIDATES + MAX_CANDIDATES);
    });

    it('dials so many at a time', () => {
      const candidates = new Candidates(LONGEST, WAYS);
      for (let port = 1; port <= 2 * MAX_FOUND_DIALS; port += 1) candidates.add(address(port), 'pex');
      expect(portsTaken(candidates)).toHaveLength(MAX_FOUND_DIALS);
      candidates.add(address(100));
      expect(portsTaken(candidates)).toEqual([100]);
      candidates.settle(address(1), 'failed', 0);
      expect(portsTaken(candidates)).toHaveLength(1);
    });

    it('forgets those that cannot be reached, and only those', () => {
      const candidates = new Candidates(LONGEST, WAYS);
      candidates.add(address(1), 'pex');
      candidates.add(address(2));
      for (let dial = 1; dial <= USELESS_DIALS; dial += 1) {
        for (const port of [1, 2]) {
          candidates.take(dial * REDIAL_MAX, anyone);
          candidates.settle(address(port), 'failed', dial * REDIAL_MAX);
        }
      }
      expect(candidates.addresses()).toEqual([address(2)]);
    });
  });
});
