import {
  ArtifactServiceDefinition,
  FleetServiceDefinition,
  RolloutServiceDefinition,
  UploadServiceDefinition,
} from '@shoal/contracts';
import { createGrpcServer, createHttpServer, createVerifier, type Tls } from '@shoal/service';
import { createArtifactService } from './artifacts/artifact-service.ts';
import type { CatalogComponents } from './components.ts';
import { STOP_GRACE_MS } from './constants.ts';
import { CatalogError } from './errors.ts';
import { createFleetService } from './fleet/fleet-service.ts';
import type { ReportWriter } from './fleet/report-writer.ts';
import { createTorrentFileHandler, TORRENT_ROUTE } from './http/torrent-file.ts';
import type { CatalogConfig } from './options.ts';
import { createRolloutService } from './rollouts/rollout-service.ts';
import type { RolloutSignals } from './rollouts/rollout-signals.ts';
import { createSeederConnections } from './uploads/seeder-connections.ts';
import { mostFreeSeederPolicy } from './uploads/seeder-policy.ts';
import { createUploadService } from './uploads/upload-service.ts';

/** What the APIs share with the parts that work in the background. */
export interface ServingComponents extends CatalogComponents {
  readonly signals: RolloutSignals;
  readonly reportWriter: ReportWriter;
  readonly wakeOutbox: () => void;
}

/** Serves the gRPC API; returns host:port. */
export async function serveGrpc(
  components: ServingComponents,
  config: CatalogConfig,
  tls: Tls | undefined,
  stack: AsyncDisposableStack,
): Promise<string> {
  const { listen, insecure, trackers, grantLifetime } = config;
  const server = createGrpcServer(components, { listen, tls, insecure });
  const seeders = stack.adopt(createSeederConnections(components, tls), (connections) => connections.close());
  const verifier = createVerifier(components.signer.publicKeyPem);
  const uploads = { ...components, seeders, seederPolicy: mostFreeSeederPolicy, verifier };
  const stopping = new AbortController();
  server.add(ArtifactServiceDefinition, createArtifactService(components.database.db));
  server.add(UploadServiceDefinition, createUploadService(uploads));
  server.add(RolloutServiceDefinition, createRolloutService(components, stopping.signal));
  server.add(
    FleetServiceDefinition,
    createFleetService(components, { trackers, grantLifetimeMs: grantLifetime }),
  );
  stack.defer(async () => {
    // Watches end by themselves only with their rollout.
    stopping.abort();
    await server.stop(STOP_GRACE_MS);
  });
  const { endpoint } = await server.start();
  for (const definition of [
    ArtifactServiceDefinition,
    UploadServiceDefinition,
    RolloutServiceDefinition,
    FleetServiceDefinition,
  ]) {
    server.setServing(definition.fullName, true);
  }
  return endpoint;
}

/** Serves HTTP: `.torrent` files, health, readiness, metrics; returns host:port. */
export async function serveHttp(
  components: CatalogComponents,
  config: CatalogConfig,
  tls: Tls | undefined,
  stack: AsyncDisposableStack,
): Promise<string> {
  const { httpListen: listen, insecure, trackerHttpUrl, exportGrantLifetime } = config;
  const server = createHttpServer(components, { listen, tls, insecure });
  const { database, bus } = components;
  server.addReadiness('database', () => database.health());
  server.addReadiness('bus', () => (bus.connected ? Promise.resolve() : Promise.reject(busAway())));
  const init = { trackerHttpUrl, exportGrantLifetimeMs: exportGrantLifetime };
  server.route('GET', TORRENT_ROUTE, createTorrentFileHandler(components, init));
  stack.defer(() => server.stop(STOP_GRACE_MS));
  return (await server.start()).endpoint;
}

function busAway(): CatalogError {
  return new CatalogError('SHOAL_CATALOG_BUS_AWAY', 'the event bus is not connected');
}
