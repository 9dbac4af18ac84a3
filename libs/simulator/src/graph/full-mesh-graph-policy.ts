import { EdgeSet, type GraphPolicy } from './graph-policy.ts';

/** Everyone with everyone: for small swarms. */
export function createFullMeshGraph(): GraphPolicy {
  return {
    connect(hosts) {
      const edges = new EdgeSet(hosts.length);
      for (let a = 0; a < hosts.length; a += 1) {
        for (let b = a + 1; b < hosts.length; b += 1) edges.add(a, b);
      }
      return edges.edges;
    },
  };
}
