import { EdgeSet, type GraphPolicy } from './graph-policy.ts';
import { addRings } from './rings.ts';

/**
 * Most connections stay within a zone; `longLinks` of `degree` are kept for the whole fleet, so that pieces pass from
 * zone to zone. Both parts are near-regular.
 */
export function createZoneAwareGraph(init: {
  readonly degree: number;
  readonly longLinks: number;
}): GraphPolicy {
  return {
    connect(hosts, random) {
      const edges = new EdgeSet(hosts.length);
      const zones = new Map<number, number[]>();
      for (const [index, { zone }] of hosts.entries()) {
        const members = zones.get(zone);
        if (members === undefined) zones.set(zone, [index]);
        else members.push(index);
      }
      const near = Math.ceil((init.degree - init.longLinks) / 2);
      for (const members of zones.values()) addRings(edges, members, near, random);
      const all = hosts.map((_, index) => index);
      addRings(edges, all, Math.ceil(init.longLinks / 2), random);
      return edges.edges;
    },
  };
}
