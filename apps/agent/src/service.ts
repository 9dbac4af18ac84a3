import { join } from 'node:path';
import { AgentServiceDefinition } from '@shoal/contracts';
import { checkHostId } from '@shoal/fleet';
import type { EventBus } from '@shoal/messaging';
import {
  type Components,
  createGrpcServer,
  createHttpServer,
  type Service,
  tlsFromFiles,
} from '@shoal/service';
import type { DirectoryStoreComponents } from '@shoal/session';
import { type Agent, startAgent } from './agent.ts';
import { STOP_GRACE_MS } from './constants.ts';
import type { AgentConfig } from './options.ts';

/** What an agent is given. */
export interface AgentComponents extends Components {
  /** The event bus; made from the option `nats` unless given. */
  readonly bus?: EventBus;
  /** Hashing threads and read cache, where several agents share a process. */
  readonly store?: DirectoryStoreComponents;
}

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
export interface AgentService extends Service {
  /** Set once started. */
  readonly addresses: AgentAddresses | undefined;
}

/**
 * Makes the agent of one host.
 * @throws ShoalError SHOAL_SERVICE_HOST_ID
 */
export function createService(components: AgentComponents, config: AgentConfig): AgentService {
  checkHostId(config.hostId);
  return new HostAgent(components, config);
}

class HostAgent implements AgentService {
  readonly #components: AgentComponents;
  readonly #config: AgentConfig;
  #running: AsyncDisposableStack | undefined;
  #addresses: AgentAddresses | undefined;

  constructor(components: AgentComponents, config: AgentConfig) {
    this.#components = components;
    this.#config = config;
  }

  get addresses(): AgentAddresses | undefined {
    return this.#addresses;
  }

  async start(): Promise<void> {
    await using stack = new AsyncDisposableStack();
    const agent = await startAgent(this.#components, this.#config, stack);
    // The API comes last: whoever can call it finds everything at work.
    const api = await this.#serveApi(agent, stack);
    const http = await this.#serveHttp(stack);
    this.#addresses = { api, http, peers: agent.peers };
    this.#running = stack.move();
  }

  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.disposeAsync();
  }

  async #serveApi(agent: Agent, stack: AsyncDisposableStack): Promise<string> {
    const socket = this.#config.socket ?? join(agent.dataDir, 'agent.sock');
    const server = createGrpcServer(this.#components, { listen: `unix:${socket}` });
    server.add(AgentServiceDefinition, agent.api);
    stack.defer(() => server.stop(STOP_GRACE_MS));
    return (await server.start()).endpoint;
  }

  async #serveHttp(stack: AsyncDisposableStack): Promise<string> {
    const { httpListen: listen, insecure, tlsCert: cert, tlsKey: key, tlsCa: ca } = this.#config;
    const server = createHttpServer(this.#components, {
      listen,
      insecure,
      tls: tlsFromFiles({ cert, key, ca }),
    });
    stack.defer(() => server.stop(STOP_GRACE_MS));
    return (await server.start()).endpoint;
  }
}
