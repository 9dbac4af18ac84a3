import { AgentServiceDefinition } from '@shoal/contracts';
import { createGrpcChannel, type GrpcClient, software, startTelemetry } from '@shoal/service';

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
  const telemetry = startTelemetry({
    service: 'shoal-cli',
    version: software().version,
    instance: command,
  });
  const channel = createGrpcChannel({ telemetry }, { endpoint });
  try {
    return await use(channel.client(AgentServiceDefinition));
  } finally {
    channel.close();
    await telemetry.shutdown();
  }
}
