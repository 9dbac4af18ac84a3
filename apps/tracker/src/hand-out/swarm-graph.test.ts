import { beforeAll, describe, expect, it } from 'vitest';
import { distancesFrom, type GraphHost, GrowingGraph } from '../test-graph.ts';
import { seededRandom } from '../test-peers.ts';

const HOSTS = 10_000;
const ZONES = 20;
const RACKS_PER_ZONE = 25;
const SEEDERS = 5;

/** Ten thousand hosts of twenty zones that join in any order, as when a rollout starts. */
function startFleet(graph: GrowingGraph): void {
  const random = seededRandom(3);
  const places = Array.from({ length: HOSTS }, (_, index) => ({ index, order: random() }));
  for (const { index } of places.sort((a, b) => a.order - b.order)) {
    graph.join(`zone ${index % ZONES}`, `rack ${Math.floor(index / ZONES) % RACKS_PER_ZONE}`);
  }
}

function joinSeeders(graph: GrowingGraph, from: number, to: number): GraphHost[] {
  const zones = Array.from({ length: to - from }, (_, index) => `zone ${from + index}`);
  return zones.map((zone) => graph.join(zone, 'rack 0', true));
}

/** The value that a share of all are not above. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

function zonesOf(hosts: Iterable<GraphHost>): Set<string> {
  return new Set(Array.from(hosts, ({ zone }) => zone));
}

/** The figures of docs/adr/0008-the-graph-of-a-swarm.md are those of this swarm. */
describe('the graph of ten thousand hosts in twenty zones', () => {
  const graph = new GrowingGraph(1);
  let seeders: GraphHost[];
  let agents: GraphHost[];

  beforeAll(() => {
    seeders = joinSeeders(graph, 0, SEEDERS);
    startFleet(graph);
    agents = graph.hosts.filter(({ isSeeder }) => !isSeeder);
  });

  it('is near-regular', () => {
    const degrees = agents.map(({ connections }) => connections.size);
    expect(quantile(degrees, 0)).toBeGreaterThanOrEqual(20);
    expect(quantile(degrees, 0.5)).toBeGreaterThanOrEqual(45);
    expect(quantile(degrees, 1)).toBeLessThanOrEqual(60);
  });

  it('has no hot peers', () => {
    const dials = agents.map(({ dialsReceived }) => dialsReceived);
    expect(quantile(dials, 0.99)).toBeLessThan(100);
    expect(quantile(dials, 1)).toBeLessThan(150);
    for (const seeder of seeders) expect(seeder.dialsReceived).toBeLessThanOrEqual(60);
  });

  it('is connected, by short ways', () => {
    const random = seededRandom(5);
    let [sum, ways, longest] = [0, 0, 0];
    for (let sample = 0; sample < 20; sample++) {
      const from = graph.hosts[Math.floor(random() * graph.hosts.length)];
      const distances = [...distancesFrom(from === undefined ? [] : [from]).values()];
      expect(distances).toHaveLength(HOSTS + SEEDERS);
      for (const distance of distances) sum += distance;
      ways += distances.length;
      longest = Math.max(longest, ...distances);
    }
    expect(sum / ways).toBeLessThan(3.5);
    expect(longest).toBeLessThanOrEqual(7);
  });

  it('connects every zone to seeders, nearly alike', () => {
    const links = seeders.flatMap(({ connections }) => [...connections].map(({ zone }) => zone));
    const byZone = Map.groupBy(links, (zone) => zone);
    expect(byZone.size).toBe(ZONES);
    const counts = Array.from(byZone.values(), ({ length }) => length);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(5);
    expect(Math.max(...counts)).toBeLessThanOrEqual(30);
  });

  it('stays in the own zone with two links of three, in the own rack with one of ten at least', () => {
    const pairs = agents.flatMap((host) =>
      [...host.connections].filter(({ isSeeder }) => !isSeeder).map((other) => ({ host, other })),
    );
    const inZone = pairs.filter(({ host, other }) => host.zone === other.zone);
    const inRack = inZone.filter(({ host, other }) => host.rack === other.rack);
    expect(inZone.length / pairs.length).toBeGreaterThan(0.6);
    expect(inZone.length / pairs.length).toBeLessThan(0.8);
    expect(inRack.length / pairs.length).toBeGreaterThan(0.1);
  });

  it('takes in seeders that come late, in every zone', () => {
    const late = joinSeeders(graph, SEEDERS, SEEDERS + 3);
    for (const { connections } of late) expect(connections.size).toBeGreaterThanOrEqual(20);
    expect(zonesOf(late.flatMap(({ connections }) => [...connections])).size).toBe(ZONES);
    const distances = distancesFrom(late);
    expect(distances.size).toBe(HOSTS + SEEDERS + late.length);
    expect(Math.max(...distances.values())).toBeLessThanOrEqual(6);
  });
});

describe('the graph of a small swarm', () => {
  it('is a full mesh', () => {
    const graph = new GrowingGraph(1);
    joinSeeders(graph, 0, 1);
    for (let host = 0; host < 24; host++) graph.join(`zone ${host % 3}`, '');
    for (const { connections } of graph.hosts) expect(connections.size).toBe(24);
  });
});
