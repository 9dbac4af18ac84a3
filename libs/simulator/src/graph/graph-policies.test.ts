import { createSeededRandom } from '@shoal/swarm';
import { describe, expect, it } from 'vitest';
import { createFullMeshGraph } from './full-mesh-graph-policy.ts';
import type { Edge } from './graph-policy.ts';
import { createNearRegularGraph } from './near-regular-graph-policy.ts';
import { createRandomGraph } from './random-graph-policy.ts';
import { createZoneAwareGraph } from './zone-aware-graph-policy.ts';

const ZONES = 4;
const HOSTS = Array.from({ length: 400 }, (_, index) => ({ zone: index % ZONES, isSeeder: index < 2 }));

function degrees(edges: readonly Edge[]): number[] {
  const counts = HOSTS.map(() => 0);
  for (const edge of edges) for (const host of edge) counts[host] = (counts[host] ?? 0) + 1;
  return counts.sort((a, b) => a - b);
}

/** How many hosts can be reached from the first. */
function reachable(edges: readonly Edge[]): number {
  const seen = new Set([0]);
  for (let before = 0; before !== seen.size;) {
    before = seen.size;
    for (const [a, b] of edges) if (seen.has(a) || seen.has(b)) seen.add(a).add(b);
  }
  return seen.size;
}

describe('graph policies', () => {
  it('full mesh connects everyone with everyone', () => {
    const edges = createFullMeshGraph().connect(HOSTS, createSeededRandom(1));
    expect(edges).toHaveLength((HOSTS.length * (HOSTS.length - 1)) / 2);
  });

  it('near-regular gives everyone nearly the same number, and leaves nobody out', () => {
    const edges = createNearRegularGraph({ degree: 20 }).connect(HOSTS, createSeededRandom(1));
    const counts = degrees(edges);
    expect(counts[0]).toBeGreaterThanOrEqual(15);
    expect(counts.at(-1)).toBe(20);
    expect(reachable(edges)).toBe(HOSTS.length);
  });

  it('random gives the same number on average, and spreads more', () => {
    const counts = degrees(createRandomGraph({ degree: 20 }).connect(HOSTS, createSeededRandom(1)));
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    expect(mean).toBeGreaterThan(18);
    expect(mean).toBeLessThanOrEqual(20);
    expect(counts.at(-1)).toBeGreaterThan(25);
  });

  it('zone-aware keeps most connections within zones and reserves some between them', () => {
    const policy = createZoneAwareGraph({ degree: 20, longLinks: 4 });
    const edges = policy.connect(HOSTS, createSeededRandom(1));
    const far = edges.filter(([a, b]) => a % ZONES !== b % ZONES).length;
    // Three of four links into the whole fleet lead to another zone: 3 of 20.
    expect(far / edges.length).toBeGreaterThan(0.12);
    expect(far / edges.length).toBeLessThan(0.18);
    expect(reachable(edges)).toBe(HOSTS.length);
  });
});
