import { createHash } from 'node:crypto';
import type { ChokerPolicy } from '@shoal/swarm';
import { describe, expect, it } from 'vitest';
import { findPolicies } from './policies.ts';
import type { SwarmScenario } from './scenario.ts';
import { type SimulationComponents, simulateSwarm } from './simulation.ts';

const MIB = 1024 * 1024;

const SCENARIO: SwarmScenario = {
  leechers: 20,
  size: 16 * MIB - 5,
  pieceSize: MIB / 4,
  rate: 10 * MIB,
  latency: 1,
  seed: 1,
  limit: 60_000,
};
const PIECES = 64;

/** Runs a swarm; the digest is of every message and block, and when it arrived where. */
function run(scenario: SwarmScenario, components: SimulationComponents = {}) {
  const trace = createHash('sha256');
  const onTrace = (at: number, to: number, what: string) => trace.update(`${at} ${to} ${what}\n`);
  const result = simulateSwarm(scenario, { ...components, onTrace });
  return { result, digest: trace.digest('hex') };
}

function leechersOf({ result }: ReturnType<typeof run>) {
  return result.hosts.filter((host) => !host.isSeeder);
}

describe('simulateSwarm', () => {
  it('brings every piece to 20 leechers, mostly not from the seeder', () => {
    const outcome = run(SCENARIO);
    const { result } = outcome;
    for (const host of leechersOf(outcome)) {
      expect(host.piecesHad).toBe(PIECES);
      expect(host.receivedBytes - host.wastedBytes).toBe(SCENARIO.size);
    }
    expect(result).toMatchObject({ complete: 20, present: 20 });
    // 20 copies from the seeder alone would take 20 times as long as one.
    expect(result.times.last).toBeLessThan(3 * result.bounds.fluid);
    expect(result.times.first).toBeGreaterThan(result.bounds.download * result.bounds.headerFactor);
    expect(result.seederCopies).toBeGreaterThanOrEqual(1);
    expect(result.seederCopies).toBeLessThan(3);
    expect(result.waste).toBeLessThan(0.02);
  });

  it('repeats itself byte by byte for the same seed, and differs for another', () => {
    const scenario: SwarmScenario = {
      ...SCENARIO,
      graph: { policy: 'near-regular', degree: 8 },
      zones: [{ name: 'a' }, { name: 'b', up: 20 * MIB, down: 20 * MIB }],
      churn: [{ select: 'leechers', share: 0.3, at: 500, within: 500, back: 500 }],
    };
    const first = run(scenario);
    expect(run(scenario)).toEqual(first);
    expect(run({ ...scenario, seed: 2 }).digest).not.toBe(first.digest);
  });

  it('says who had not finished when time ran out', () => {
    const { result } = run({ ...SCENARIO, limit: 200 });
    expect(result).toMatchObject({ complete: 0, present: 20 });
    expect(result.times.last).toBeUndefined();
  });

  it('goes on without a seeder and a leecher that left', () => {
    const churn = [
      { select: [0], afterSent: 0.5 },
      { select: [3], at: 500 },
    ];
    const { result } = run({ ...SCENARIO, seeders: 2, churn });
    expect(result.hosts[0]!.sentBytes).toBeGreaterThan(0.5 * SCENARIO.size);
    expect(result.hosts[0]!.sentBytes).toBeLessThan(0.6 * SCENARIO.size);
    expect(result.hosts[3]!.completedAt).toBeUndefined();
    expect(result).toMatchObject({ complete: 19, present: 19 });
  });

  it('has hosts come back with their pieces, or without', () => {
    const leave = { select: [5], at: 1_300, back: 200 };
    const kept = run({ ...SCENARIO, churn: [leave] }).result.hosts[5]!;
    const lost = run({ ...SCENARIO, churn: [{ ...leave, keeps: false }] }).result.hosts[5]!;
    expect([kept.piecesHad, lost.piecesHad]).toEqual([PIECES, PIECES]);
    // What was verified by then is fetched again by the one that lost it: a good part of what came in that time.
    expect(lost.receivedBytes - kept.receivedBytes).toBeGreaterThan(0.2 * SCENARIO.size);
    expect(kept.receivedBytes).toBeLessThan(1.2 * SCENARIO.size);
  });

  it('gives each host its own rates', () => {
    const hosts = [{ select: [5], up: SCENARIO.rate / 10, down: SCENARIO.rate / 2 }];
    const { result } = run({ ...SCENARIO, hosts });
    const slow = result.hosts[5]!;
    const wireTime = (1_000 * SCENARIO.size * result.bounds.headerFactor) / SCENARIO.rate;
    expect(slow.completedAt).toBeGreaterThan(2 * wireTime);
    expect(slow.sentBytes).toBeLessThan((slow.completedAt! * SCENARIO.rate) / 10 / 1_000);
  });

  it('lets a zone have no more than its link takes', () => {
    const zones = [{ name: 'near' }, { name: 'far', down: 2 * MIB }];
    const scenario = { ...SCENARIO, size: 4 * MIB, zones };
    const far = leechersOf(run(scenario)).filter((_, index) => index % 2 === 0);
    // At least one copy must pass the link before the first of that zone can be done.
    for (const host of far) expect(host.completedAt).toBeGreaterThan((1_000 * scenario.size) / (2 * MIB));
  });

  it('takes rates for what payload gets, where they are told to be', () => {
    const wire = run(SCENARIO).result;
    const payload = run({ ...SCENARIO, rateOf: 'payload' }).result;
    expect(wire.bounds.headerFactor).toBeCloseTo(1.046, 3);
    expect(payload.bounds.headerFactor).toBe(1);
    expect(payload.times.last! / wire.times.last!).toBeLessThan(0.99);
  });

  it('comes to nearly the same with larger blocks', () => {
    const fine = run({ ...SCENARIO, pieceSize: MIB, size: 64 * MIB }).result;
    const coarse = run({ ...SCENARIO, pieceSize: MIB, size: 64 * MIB, blockSize: MIB / 4 }).result;
    expect(coarse.events).toBeLessThan(fine.events / 4);
    expect(coarse.times.last! / fine.times.last!).toBeGreaterThan(0.85);
    expect(coarse.times.last! / fine.times.last!).toBeLessThan(1.15);
  });

  it('lets policies be replaced', () => {
    let calls = 0;
    const keepNobody = (): ChokerPolicy => ({
      choose: () => {
        calls += 1;
        return [];
      },
    });
    const policies = { ...findPolicies({}), leechingChoker: keepNobody };
    expect(run(SCENARIO, { policies }).digest).not.toBe(run(SCENARIO).digest);
    expect(calls).toBeGreaterThan(0);
  });

  it('refuses the name of a policy that does not exist, and says which do', () => {
    const scenario = { ...SCENARIO, policies: { choker: 'generous' } };
    expect(() => simulateSwarm(scenario)).toThrow(
      expect.objectContaining({
        code: 'SHOAL_SCENARIO_INVALID',
        message: expect.stringMatching(
          /^policies\.choker: expected one of tit-for-tat.*, found "generous"$/,
        ) as string,
      }),
    );
  });
});
