import { describe, expect, it } from 'vitest';
import { computeBounds } from './bounds.ts';
import { resolveScenario } from './resolved-scenario.ts';
import type { SwarmScenario } from './scenario.ts';

const SCENARIO: SwarmScenario = {
  leechers: 8,
  size: 64_000_000,
  pieceSize: 1_000_000,
  rate: 4_000_000,
  rateOf: 'payload',
  latency: 0,
  seed: 1,
  limit: 1,
};

function bounds(change: Partial<SwarmScenario>) {
  return computeBounds(resolveScenario({ ...SCENARIO, ...change }));
}

describe('computeBounds', () => {
  it('is F/R for equal rates, and log2(8) = 3 pieces more when pieces are whole', () => {
    expect(bounds({})).toMatchObject({ seeders: 16_000, download: 16_000, fluid: 16_000, headerFactor: 1 });
    expect(bounds({}).aggregate).toBeCloseTo((8 * 64_000) / 36, 6);
    expect(bounds({}).discrete).toBeCloseTo(16_000 * (1 + 3 / 64), 6);
  });

  it('names what limits: the seeders, the slowest downlink, or everyone together', () => {
    expect(bounds({ hosts: [{ select: 'seeders', up: 1_000_000 }] }).fluid).toBe(64_000);
    expect(bounds({ hosts: [{ select: [3], down: 2_000_000 }] }).fluid).toBe(32_000);
    const slowUp = bounds({ hosts: [{ select: 'leechers', up: 500_000 }] });
    expect(slowUp.fluid).toBe((8 * 64_000) / (4 + 8 * 0.5));
    expect(slowUp.fluid).toBe(slowUp.aggregate);
  });

  it('counts five seeders five times', () => {
    expect(bounds({ seeders: 5 }).seeders).toBe(3_200);
  });
});
