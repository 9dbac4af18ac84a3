import { join } from 'node:path';
import { AgentServiceDefinition } from '@shoal/contracts';
import { checkHostId } from '@shoal/fleet';
import {
  type AddressedService,
  createGrpcServer,
  createHttpServer,
  createStackService,
  tlsFromFiles,
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
  checkHostId(config.hostId);
  return createStackService((stack) => serveAgent(components, config, stack));
}

async function serveAgent(
  components: AgentComponents,
  config: AgentConfig,
  stack: AsyncDisposableStack,
): Promise<AgentAddresses> {
  const { httpListen: listen, insecure, tlsCert: cert, tlsKey: key, tlsCa: ca } = config;
  const agent = await startAgent(components, config, stack);

  const http = createHttpServer(components, { listen, insecure, tls: tlsFromFiles({ cert, key, ca }) });
  stack.defer(() => http.stop(STOP_GRACE_MS));
  const { endpoint: httpEndpoint } = await http.start();

  // Last: whoever can call it finds everything at work.
  const socket = config.socket ?? join(agent.dataDir, 'agent.sock');
  const local = createGrpcServer(components, { listen: `unix:${socket}` });
  local.add(AgentServiceDefinition, agent.api);
  stack.defer(() => local.stop(STOP_GRACE_MS));
  const { endpoint: api } = await local.start();
  local.setServing(AgentServiceDefinition.fullName, true);

  const addresses = { api, http: httpEndpoint, peers: agent.peers };
  components.logger.info(addresses, 'agent listens');
  return addresses;
}
