export { simulateSwarm } from './simulate-swarm.ts';
export type { SwarmResult, SwarmScenario } from './simulate-swarm.ts';
export type { TraceListener } from './simulated-host.ts';
export { VirtualClock } from './virtual-clock.ts';
