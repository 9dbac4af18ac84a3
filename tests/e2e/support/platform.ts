import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as agent from '@shoal/agent';
import * as catalog from '@shoal/catalog';
import {
  AgentServiceDefinition,
  FleetServiceDefinition,
  RolloutServiceDefinition,
  UploadServiceDefinition,
} from '@shoal/contracts';
import { createPgliteDatabase, type Database } from '@shoal/database';
import { createInProcessBus, type EventBus } from '@shoal/messaging';
import * as seeder from '@shoal/seeder';
import {
  type AddressedService,
  type Components,
  createGrpcChannel,
  createLogger,
  createSignerFromFile,
  type GrpcClient,
  loadOptions,
  startTelemetry,
} from '@shoal/service';
import * as tracker from '@shoal/tracker';
import type { CompatServiceDefinition } from 'nice-grpc';

const ANY_PORT = '127.0.0.1:0';

/** The real services of a platform in this process, over PGlite and the in-process bus; each can be stopped and started. */
export class Platform {
  readonly directory = mkdtempSync(join(tmpdir(), 'shoal-e2e-'));
  readonly bus: EventBus = createInProcessBus({ report: () => undefined });
  readonly database: Database = createPgliteDatabase();
  readonly publicKey = join(this.directory, 'catalog.key.pub');
  readonly #stack = new AsyncDisposableStack();
  /** Addresses stay the same when a service is started again. */
  readonly #ports = new Map<string, string>();
  #catalog: AddressedService<catalog.CatalogAddresses> | undefined;

  /** Starts tracker and catalog. */
  async start(): Promise<void> {
    this.#stack.defer(() => rmSync(this.directory, { recursive: true }));
    this.#stack.defer(() => this.database.close());
    this.#stack.defer(() => this.bus.close());
    createSignerFromFile(join(this.directory, 'catalog.key'));
    const { grpc, http } = await this.run(this.tracker());
    this.#ports.set('tracker', grpc).set('tracker http', http);
    await this.startCatalog();
  }

  async startCatalog(): Promise<void> {
    this.#catalog = this.catalog();
    await this.run(this.#catalog);
  }

  async stopCatalog(): Promise<void> {
    await this.#catalog?.stop();
  }

  async stop(): Promise<void> {
    await this.#stack.disposeAsync();
  }

  /** Starts a service that is stopped with the platform, unless before. */
  async run<A>(service: AddressedService<A>): Promise<A> {
    this.#stack.defer(() => service.stop());
    await service.start();
    return service.addresses!;
  }

  tracker(): AddressedService<tracker.TrackerAddresses> {
    const flags = { listen: ANY_PORT, httpListen: ANY_PORT, catalogPublicKey: this.publicKey };
    return tracker.createService(this.components('tracker'), config(tracker.options, flags));
  }

  catalog(): AddressedService<catalog.CatalogAddresses> {
    const { bus, database } = this;
    const service = catalog.createService(
      { ...this.components('catalog'), bus, database },
      config(catalog.options, {
        listen: this.#ports.get('catalog') ?? ANY_PORT,
        httpListen: ANY_PORT,
        keyFile: join(this.directory, 'catalog.key'),
        trackers: [this.address('tracker')],
        trackerHttpUrl: `http://${this.address('tracker http')}`,
      }),
    );
    return this.#pinned('catalog', service, ({ grpc }) => grpc);
  }

  seeder(settled: Record<string, unknown> = {}): AddressedService<seeder.SeederAddresses> {
    const flags = { ...this.seederFlags(), ...settled };
    const service = seeder.createService(this.components('seeder'), config(seeder.options, flags));
    return this.#pinned('seeder', service, ({ grpc }) => grpc);
  }

  seederFlags() {
    return {
      listen: this.#ports.get('seeder') ?? ANY_PORT,
      httpListen: ANY_PORT,
      peerListen: ANY_PORT,
      hostId: 'seeder-1',
      dataDir: this.hostDirectory('seeder-1'),
      catalog: this.address('catalog'),
      catalogPublicKey: this.publicKey,
    };
  }

  agent(hostId: string, settled: Record<string, unknown> = {}): AddressedService<agent.AgentAddresses> {
    const flags = { ...this.agentFlags(hostId), ...settled };
    return agent.createService({ ...this.components(hostId), bus: this.bus }, config(agent.options, flags));
  }

  agentFlags(hostId: string) {
    return {
      httpListen: ANY_PORT,
      peerListen: ANY_PORT,
      hostId,
      dataDir: this.hostDirectory(hostId),
      catalog: this.address('catalog'),
    };
  }

  hostDirectory(hostId: string): string {
    return join(this.directory, hostId);
  }

  /** Base URL of the catalog's HTTP API. */
  get catalogUrl(): string {
    return `http://${this.#catalog!.addresses!.http}`;
  }

  /** host:port of a service's gRPC API. */
  address(service: string): string {
    return this.#ports.get(service)!;
  }

  /** A client of an endpoint, closed with the platform. */
  client<D extends CompatServiceDefinition>(definition: D, endpoint: string): GrpcClient<D> {
    const channel = createGrpcChannel({ telemetry: this.components('client').telemetry }, { endpoint });
    this.#stack.defer(() => channel.close());
    return channel.client(definition);
  }

  clients() {
    const endpoint = this.address('catalog');
    return {
      fleet: this.client(FleetServiceDefinition, endpoint),
      rollouts: this.client(RolloutServiceDefinition, endpoint),
      uploads: this.client(UploadServiceDefinition, endpoint),
    };
  }

  localApi(addresses: agent.AgentAddresses) {
    return this.client(AgentServiceDefinition, addresses.api);
  }

  components(service: string): Components {
    const telemetry = startTelemetry({ service, version: '0', instance: service });
    const level = (process.env['E2E_LOG'] ?? 'silent') as 'silent';
    return { logger: createLogger({ service, level }), telemetry };
  }

  #pinned<A>(
    name: string,
    service: AddressedService<A>,
    addressOf: (addresses: A) => string,
  ): AddressedService<A> {
    const ports = this.#ports;
    return {
      get addresses() {
        return service.addresses;
      },
      async start() {
        await service.start();
        ports.set(name, addressOf(service.addresses!));
      },
      stop: () => service.stop(),
    };
  }
}

function config<S extends Parameters<typeof loadOptions>[0]>(schema: S, flags: Record<string, unknown>) {
  return loadOptions(schema, { flags, envPrefix: '' });
}
