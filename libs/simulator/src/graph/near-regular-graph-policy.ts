import { addRings } from './rings.ts';
import { EdgeSet, type GraphPolicy } from './graph-policy.ts';

/**
 * `degree` connections for everyone, or very nearly: random rings through all hosts, two connections each. Connected,
 * of small diameter, and without hot peers.
 */
export function createNearRegularGraph(init: { readonly degree: number }): GraphPolicy {
  return {
    connect(hosts, random) {
      const edges = new EdgeSet(hosts.length);
      const all = hosts.map((_, index) => index);
      addRings(edges, all, Math.ceil(init.degree / 2), random);
      return edges.edges;
    },
  };
}
