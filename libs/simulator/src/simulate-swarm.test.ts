import { createHash } from 'node:crypto';
import type { ChokerPolicy } from '@shoal/swarm';
import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICIES } from './host-policies.ts';
import { simulateSwarm, type SwarmScenario } from './simulate-swarm.ts';

const MIB = 1024 * 1024;

const SCENARIO: SwarmScenario = {
  leechers: 20,
  pieces: 64,
  pieceSize: MIB / 4,
  rate: 10 * MIB,
  latency: 1,
  seed: 1,
  limit: 60_000,
};

/** Runs a swarm; the digest is of every message and block in the order they arrived. */
function run(scenario: SwarmScenario) {
  const trace = createHash('sha256');
  const result = simulateSwarm(scenario, (to, what) => trace.update(`${to} ${what}\n`));
  return { result, digest: trace.digest('hex') };
}

describe('simulateSwarm', () => {
  it('brings every piece to 20 leechers, mostly not from the seeder', () => {
    const { result } = run(SCENARIO);
    expect(result.piecesHad).toEqual(Array.from({ length: 20 }, () => SCENARIO.pieces));
    const size = SCENARIO.pieces * SCENARIO.pieceSize;
    const last = Math.max(...result.completedAt.map((at) => at ?? Infinity));
    // 20 copies from the seeder alone would take 20 times as long as one.
    expect(last).toBeLessThan((3 * 1_000 * size) / SCENARIO.rate);
    expect(last).toBeGreaterThan((1_000 * size) / SCENARIO.rate);
    expect(result.seederBytes).toBeLessThan(3 * size);
    expect(result.wastedBytes).toBeLessThan(0.02 * 20 * size);
  });

  it('repeats itself message by message for the same seed, and differs for another', () => {
    const first = run(SCENARIO);
    expect(run(SCENARIO)).toEqual(first);
    expect(run({ ...SCENARIO, seed: 2 }).digest).not.toBe(first.digest);
  });

  it('says who had not finished when time ran out', () => {
    const { result } = run({ ...SCENARIO, limit: 200 });
    expect(result.completedAt).toEqual(Array.from({ length: 20 }, () => undefined));
  });

  it('goes on without a seeder and a leecher that were killed', () => {
    const size = SCENARIO.pieces * SCENARIO.pieceSize;
    const kills = [
      { host: 0, afterSent: size / 2 },
      { host: 3, at: 500 },
    ];
    const { result } = run({ ...SCENARIO, seeders: 2, kills });
    expect(result.hosts[0]!.sentBytes).toBeLessThan(size);
    expect(result.hosts[3]!.completedAt).toBeUndefined();
    expect(result.completedAt.filter((at) => at !== undefined)).toHaveLength(19);
  });

  it('gives each host its own rates, and counts what each sent and received', () => {
    const rates = [{ host: 5, up: SCENARIO.rate / 10, down: SCENARIO.rate / 2 }];
    const { result } = run({ ...SCENARIO, seeders: 2, rates });
    const size = SCENARIO.pieces * SCENARIO.pieceSize;
    const slow = result.hosts[5]!;
    expect(slow.completedAt).toBeGreaterThan((2 * 1_000 * size) / SCENARIO.rate);
    expect(slow.sentBytes).toBeLessThan((slow.completedAt! * SCENARIO.rate) / 10 / 1_000 + size / 10);
    expect(slow.receivedBytes - slow.wastedBytes).toBe(size);
    expect(result.seederBytes).toBe(result.hosts[0]!.sentBytes + result.hosts[1]!.sentBytes);
  });

  it('lets policies be replaced', () => {
    let calls = 0;
    const keepNobody = (): ChokerPolicy => ({
      choose: () => {
        calls += 1;
        return [];
      },
    });
    const policies = { ...DEFAULT_POLICIES, leechingChoker: keepNobody };
    const digest = createHash('sha256');
    simulateSwarm(SCENARIO, (to, what) => digest.update(`${to} ${what}\n`), policies);
    expect(calls).toBeGreaterThan(0);
    expect(digest.digest('hex')).not.toBe(run(SCENARIO).digest);
  });
});
