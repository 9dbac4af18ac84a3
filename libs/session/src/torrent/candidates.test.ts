import { describe, expect, it } from 'vitest';
import { MAX_CANDIDATES, REDIAL_MAX, REDIAL_MIN } from '../constants.ts';
import { Candidates } from './candidates.ts';

const address = (port: number) => ({ host: '192.0.2.1', port });

describe('Candidates', () => {
  it('hands out each address once until it is settled', () => {
    const candidates = new Candidates();
    for (const port of [1, 2, 1]) candidates.add(address(port));
    expect([candidates.take(0), candidates.take(0), candidates.take(0)]).toEqual([
      address(1),
      address(2),
      undefined,
    ]);
    candidates.settle(address(1), 'closed', 0);
    expect(candidates.take(REDIAL_MIN - 1)).toBeUndefined();
    expect(candidates.take(REDIAL_MIN)).toEqual(address(1));
  });

  it('waits longer after each failure, to a limit', () => {
    const candidates = new Candidates();
    candidates.add(address(1));
    let now = 0;
    const pauses: number[] = [];
    for (let failure = 0; failure < 10; failure += 1) {
      candidates.take(now);
      candidates.settle(address(1), 'failed', now);
      const failedAt = now;
      while (candidates.take(now) === undefined) now += REDIAL_MIN / 2;
      pauses.push(now - failedAt);
    }
    expect(pauses.slice(0, 3)).toEqual([2 * REDIAL_MIN, 4 * REDIAL_MIN, 8 * REDIAL_MIN]);
    expect(pauses.at(-1)).toBe(REDIAL_MAX);
  });

  it('never hands out excluded and banned addresses, nor what is no address', () => {
    const candidates = new Candidates();
    candidates.add(address(1));
    candidates.exclude(address(1));
    candidates.ban(new Uint8Array(20).fill(1), address(2));
    for (const bad of [address(0), address(65_536), address(1.5), { host: '', port: 1 }]) candidates.add(bad);
    candidates.add(address(2));
    expect(candidates.take(REDIAL_MAX)).toBeUndefined();
    expect(candidates.isBanned(new Uint8Array(20).fill(1))).toBe(true);
    expect(candidates.isBanned(new Uint8Array(20))).toBe(false);
  });

  it('is bounded', () => {
    const candidates = new Candidates();
    for (let port = 1; port <= MAX_CANDIDATES + 10; port += 1) candidates.add(address(port));
    let count = 0;
    while (candidates.take(0) !== undefined) count += 1;
    expect(count).toBe(MAX_CANDIDATES);
  });
});
