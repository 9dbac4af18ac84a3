export { simulateSwarm } from './simulate-swarm.ts';
export { DEFAULT_POLICIES, type HostPolicies } from './host-policies.ts';
export type { HostKill, HostRates, HostResult, SwarmResult, SwarmScenario } from './simulate-swarm.ts';
export type { TraceListener } from './simulated-host.ts';
export { VirtualClock } from './virtual-clock.ts';
