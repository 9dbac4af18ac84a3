import { AgentServiceDefinition } from '@shoal/contracts';
import type { GrpcClient } from '@shoal/service';
import { withChannel } from './with-channel.ts';

/** Option of the commands that talk to the agent of this host. */
export const agentSocketOption = {
  type: 'endpoint',
  default: 'unix:/var/lib/shoal/agent/agent.sock',
  description: "The agent's local gRPC endpoint on this host.",
} as const;

/**
 * Lets `use` talk to the agent at `endpoint`, and disconnects.
 * @param command names the caller in traces
 */
export async function withAgent<T>(
  endpoint: string,
  command: string,
  use: (agent: GrpcClient<AgentServiceDefinition>) => Promise<T>,
): Promise<T> {
  return await withChannel({ endpoint }, command, (channel) => use(channel.client(AgentServiceDefinition)));
}
