export type { AgentComponents } from './agent.ts';
export { type AgentConfig, options } from './options.ts';
export { type AgentAddresses, type AgentService, createService } from './service.ts';
