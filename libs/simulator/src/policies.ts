import { POLICIES, type PolicyFactory } from '@shoal/swarm';
import { createFullMeshGraph } from './graph/full-mesh-graph-policy.ts';
import type { GraphPolicy } from './graph/graph-policy.ts';
import { createNearRegularGraph } from './graph/near-regular-graph-policy.ts';
import { createRandomGraph } from './graph/random-graph-policy.ts';
import { createZoneAwareGraph } from './graph/zone-aware-graph-policy.ts';
import type { HostPolicies } from './host/host-policies.ts';
import type { GraphChoice, PolicyNames } from './scenario.ts';
import { ScenarioError } from './scenario-error.ts';

/** Connections of a host where the scenario does not say: what the session allows at most is 200. */
const DEFAULT_DEGREE = 30;

const GRAPHS: Readonly<Record<string, (choice: GraphChoice) => GraphPolicy>> = {
  'full-mesh': createFullMeshGraph,
  random: ({ degree = DEFAULT_DEGREE }) => createRandomGraph({ degree }),
  'near-regular': ({ degree = DEFAULT_DEGREE }) => createNearRegularGraph({ degree }),
  'zone-aware': ({ degree = DEFAULT_DEGREE, longLinks = Math.ceil(degree / 5) }) =>
    createZoneAwareGraph({ degree, longLinks }),
};

/** The names to choose from, by the field of the scenario. */
export const POLICY_NAMES: Readonly<Record<'graph' | keyof PolicyNames, readonly string[]>> = {
  graph: Object.keys(GRAPHS),
  choker: Object.keys(POLICIES.choker),
  seederChoker: Object.keys(POLICIES.seederChoker),
  picker: Object.keys(POLICIES.picker),
};

/** @throws ScenarioError when there is no policy of a name */
export function findPolicies(names: PolicyNames): HostPolicies {
  const choker = find(POLICIES.choker, 'policies.choker', names.choker);
  const seederChoker = find(POLICIES.seederChoker, 'policies.seederChoker', names.seederChoker);
  const picker = find(POLICIES.picker, 'policies.picker', names.picker);
  return {
    leechingChoker: (random) => choker({ random }),
    seedingChoker: (random) => seederChoker({ random }),
    picker: (random) => picker({ random }),
  };
}

/** @throws ScenarioError when there is no policy of that name */
export function findGraph(choice: GraphChoice): GraphPolicy {
  return lookUp(GRAPHS, 'graph.policy', choice.policy)(choice);
}

function find<P>(
  policies: Readonly<Record<string, PolicyFactory<P>>>,
  path: string,
  name: string | undefined,
): PolicyFactory<P> {
  return lookUp(policies, path, name ?? Object.keys(policies)[0] ?? '');
}

function lookUp<T>(entries: Readonly<Record<string, T>>, path: string, name: string): T {
  const entry = Object.hasOwn(entries, name) ? entries[name] : undefined;
  if (entry !== undefined) return entry;
  throw new ScenarioError(path, `one of ${Object.keys(entries).join(', ')}`, name);
}
