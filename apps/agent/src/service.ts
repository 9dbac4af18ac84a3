import { join } from 'node:path';
import { AgentServiceDefinition } from '@shoal/contracts';
import { createMemberService } from '@shoal/fleet';
import {
  type AddressedService,
  createGrpcServer,
  createHttpServer,
  serveUntilStopped,
  type Tls,
} from '@shoal/service';
import { type AgentComponents, startAgent } from './agent.ts';
import { STOP_GRACE_MS } from './constants.ts';
import type { AgentConfig } from './options.ts';

/** Where a running agent is reached. */
export interface AgentAddresses {
  /** `unix:/path` of the local API. */
  readonly api: string;
  /** host:port of HTTP. */
  readonly http: string;
  /** host:port that peers connect to. */
  readonly peers: string;
}

/** An agent as a service. */
export type AgentService = AddressedService<AgentAddresses>;

/**
 * Makes the agent of one host.
 * @throws ShoalError SHOAL_SERVICE_HOST_ID
 */
export function createService(components: AgentComponents, config: AgentConfig): AgentService {
  return createMemberService(config, (tls, stack) => serveAgent(components, config, tls, stack));
}

async function serveAgent(
  components: AgentComponents,
  config: AgentConfig,
  tls: Tls | undefined,
  stack: AsyncDisposableStack,
): Promise<AgentAddresses> {
  const { httpListen, insecure } = config;
  const agent = await startAgent(components, config, tls, stack);

  const httpServer = createHttpServer(components, { listen: httpListen, insecure, tls });
  const http = await serveUntilStopped(httpServer, STOP_GRACE_MS, stack);

  // Last: whoever can call it finds everything at work.
  const socket = config.socket ?? join(agent.dataDir, 'agent.sock');
  const local = createGrpcServer(components, { listen: `unix:${socket}` });
  local.add(AgentServiceDefinition, agent.api);
  const api = await serveUntilStopped(local, STOP_GRACE_MS, stack);

  const addresses = { api, http, peers: agent.peers };
  components.logger.info(addresses, 'agent listens');
  return addresses;
}
