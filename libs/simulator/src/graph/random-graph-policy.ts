import { EdgeSet, type GraphPolicy } from './graph-policy.ts';

/**
 * Everyone dials `degree / 2` others at random, as peers do that a tracker gave random addresses: `degree` connections
 * on average, far more or fewer for some.
 */
export function createRandomGraph(init: { readonly degree: number }): GraphPolicy {
  return {
    connect(hosts, random) {
      const edges = new EdgeSet(hosts.length);
      const dials = Math.min(Math.ceil(init.degree / 2), hosts.length - 1);
      for (let host = 0; host < hosts.length; host += 1) {
        for (let dial = 0; dial < dials; dial += 1) edges.add(host, random.below(hosts.length));
      }
      return edges.edges;
    },
  };
}
