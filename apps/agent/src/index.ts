export { type AgentConfig, options } from './options.ts';
export { type AgentAddresses, type AgentComponents, type AgentService, createService } from './service.ts';
