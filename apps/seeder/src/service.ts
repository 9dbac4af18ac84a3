import { SeederServiceDefinition } from '@shoal/contracts';
import { checkHostId } from '@shoal/fleet';
import { createGrpcServer, createHttpServer, type Service, tlsFromFiles } from '@shoal/service';
import { STOP_GRACE_MS } from './constants.ts';
import type { SeederConfig } from './options.ts';
import { type Seeder, type SeederComponents, startSeeder } from './seeder.ts';

/** Where a running seeder is reached, each as host:port. */
export interface SeederAddresses {
  readonly grpc: string;
  readonly http: string;
  readonly peers: string;
}

/** A seeder as a service. */
export interface SeederService extends Service {
  /** Set once started. */
  readonly addresses: SeederAddresses | undefined;
}

/**
 * Makes a seeder.
 * @throws ShoalError SHOAL_SERVICE_HOST_ID
 */
export function createService(components: SeederComponents, config: SeederConfig): SeederService {
  checkHostId(config.hostId);
  return new UploadSeeder(components, config);
}

class UploadSeeder implements SeederService {
  readonly #components: SeederComponents;
  readonly #config: SeederConfig;
  #running: AsyncDisposableStack | undefined;
  #addresses: SeederAddresses | undefined;

  constructor(components: SeederComponents, config: SeederConfig) {
    this.#components = components;
    this.#config = config;
  }

  get addresses(): SeederAddresses | undefined {
    return this.#addresses;
  }

  async start(): Promise<void> {
    await using stack = new AsyncDisposableStack();
    const seeder = await startSeeder(this.#components, this.#config, stack);
    const grpc = await this.#serveGrpc(seeder, stack);
    const http = await this.#serveHttp(stack);
    // The catalog sends uploads as soon as it knows us.
    const membership = seeder.register(this.#config.advertise ?? grpc);
    stack.defer(() => membership.stop());
    membership.start();
    this.#addresses = { grpc, http, peers: seeder.peers };
    this.#running = stack.move();
  }

  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.disposeAsync();
  }

  async #serveGrpc(seeder: Seeder, stack: AsyncDisposableStack): Promise<string> {
    const { listen, insecure } = this.#config;
    const server = createGrpcServer(this.#components, { listen, insecure, tls: this.#tls() });
    server.add(SeederServiceDefinition, seeder.api);
    stack.defer(() => server.stop(STOP_GRACE_MS));
    return (await server.start()).endpoint;
  }

  async #serveHttp(stack: AsyncDisposableStack): Promise<string> {
    const { httpListen: listen, insecure } = this.#config;
    const server = createHttpServer(this.#components, { listen, insecure, tls: this.#tls() });
    stack.defer(() => server.stop(STOP_GRACE_MS));
    return (await server.start()).endpoint;
  }

  #tls() {
    const { tlsCert: cert, tlsKey: key, tlsCa: ca } = this.#config;
    return tlsFromFiles({ cert, key, ca });
  }
}
