export type { Bounds } from './bounds.ts';
export { POLICY_NAMES } from './policies.ts';
export type { HostPolicies } from './host/host-policies.ts';
export type { TraceListener } from './host/trace.ts';
export type {
  Churn,
  GraphChoice,
  HostOverride,
  HostSelector,
  PolicyNames,
  SwarmScenario,
  Zone,
} from './scenario.ts';
export { ScenarioError } from './scenario-error.ts';
export { createSimulation, simulateSwarm } from './simulation.ts';
export type { Simulation, SimulationComponents } from './simulation.ts';
export type { CompletionTimes, HostResult, SwarmResult } from './swarm-result.ts';
export type { TimelineSample } from './timeline.ts';
export { drawTimeline } from './report/timeline-svg.ts';
export { parseScenario } from './parse/parse-scenario.ts';
export { setField } from './parse/set-field.ts';
