import {
  ArtifactServiceDefinition,
  FleetServiceDefinition,
  RolloutServiceDefinition,
  SwarmServiceDefinition,
  UploadServiceDefinition,
} from '@shoal/contracts';
import {
  createGrpcServer,
  createHttpServer,
  createVerifier,
  serveUntilStopped,
  type Tls,
} from '@shoal/service';
import { type ArtifactService, createArtifactService } from './artifacts/artifact-service.ts';
import type { CatalogComponents } from './components.ts';
import { STOP_GRACE_MS } from './constants.ts';
import { CatalogError } from './errors.ts';
import { createFleetService, type FleetService } from './fleet/fleet-service.ts';
import type { ReportWriter } from './fleet/report-writer.ts';
import { addConsole } from './http/console-files.ts';
import { addJsonApi, type SwarmList } from './http/json-api.ts';
import { createTorrentFileHandler, TORRENT_ROUTE } from './http/torrent-file.ts';
import type { CatalogConfig } from './options.ts';
import { createRolloutService, type RolloutService } from './rollouts/rollout-service.ts';
import type { RolloutSignals } from './rollouts/rollout-signals.ts';
import type { ExportInit } from './swarms/export-torrent.ts';
import { listSwarms } from './swarms/list-swarms.ts';
import { createSwarmService } from './swarms/swarm-service.ts';
import { createSeederConnections } from './uploads/seeder-connections.ts';
import { mostFreeSeederPolicy } from './uploads/seeder-policy.ts';
import { createUploadService } from './uploads/upload-service.ts';

/** What the APIs share with the parts that work in the background. */
export interface ServingComponents extends CatalogComponents {
  readonly signals: RolloutSignals;
  readonly reportWriter: ReportWriter;
  readonly wakeOutbox: () => void;
}

/** The handlers that gRPC and HTTP share. */
export interface Services {
  readonly artifacts: ArtifactService;
  readonly rollouts: RolloutService;
  readonly fleet: FleetService;
  readonly swarms: SwarmList;
}

/** Makes the handlers; `stopping` ends the watches, which end by themselves only with their rollout. */
export function createServices(
  components: ServingComponents,
  { trackers, grantLifetime }: CatalogConfig,
  stopping: AbortSignal,
): Services {
  const { db } = components.database;
  return {
    artifacts: createArtifactService(db),
    swarms: { listSwarms: (request) => listSwarms(db, request) },
    rollouts: createRolloutService(components, stopping),
    fleet: createFleetService(components, { trackers, grantLifetimeMs: grantLifetime }),
  };
}

/** Serves the gRPC API; returns host:port. */
export async function serveGrpc(
  components: ServingComponents,
  services: Services,
  config: CatalogConfig,
  tls: Tls | undefined,
  stack: AsyncDisposableStack,
): Promise<string> {
  const { listen, insecure, exportGrantLifetime: sideSwarmLifetimeMs } = config;
  const server = createGrpcServer(components, { listen, tls, insecure });
  const seeders = stack.adopt(createSeederConnections(components, tls), (connections) => connections.close());
  const verifier = createVerifier(components.signer.publicKeyPem);
  const uploads = { ...components, seeders, seederPolicy: mostFreeSeederPolicy, verifier };
  server.add(ArtifactServiceDefinition, services.artifacts);
  server.add(UploadServiceDefinition, createUploadService(uploads));
  const swarms = { ...components, seeders, sideSwarmLifetimeMs };
  server.add(SwarmServiceDefinition, createSwarmService(swarms, exportInit(config)));
  server.add(RolloutServiceDefinition, services.rollouts);
  server.add(FleetServiceDefinition, services.fleet);
  return serveUntilStopped(server, STOP_GRACE_MS, stack);
}

/** Serves HTTP: the console and its API, `.torrent` files, health, readiness, metrics; returns host:port. */
export async function serveHttp(
  components: CatalogComponents,
  services: Services,
  config: CatalogConfig,
  tls: Tls | undefined,
  stack: AsyncDisposableStack,
): Promise<string> {
  const { httpListen: listen, insecure } = config;
  const server = createHttpServer(components, { listen, tls, insecure });
  const { database, bus } = components;
  server.addReadiness('database', () => database.health());
  server.addReadiness('bus', () => (bus.connected ? Promise.resolve() : Promise.reject(busAway())));
  server.route('GET', TORRENT_ROUTE, createTorrentFileHandler(components, exportInit(config)));
  addJsonApi(server, services);
  await addConsole(server);
  return serveUntilStopped(server, STOP_GRACE_MS, stack);
}

function exportInit({ trackerHttpUrl, exportGrantLifetime }: CatalogConfig): ExportInit {
  return { trackerHttpUrl, exportGrantLifetimeMs: exportGrantLifetime };
}

function busAway(): CatalogError {
  return new CatalogError('SHOAL_CATALOG_BUS_AWAY', 'the event bus is not connected');
}
