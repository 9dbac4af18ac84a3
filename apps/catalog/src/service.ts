import { type AddressedService, createStackService, tlsFromFiles } from '@shoal/service';
import { consumeReports } from './fleet/report-consumer.ts';
import { createReportWriter } from './fleet/report-writer.ts';
import { observeDatabase } from './metrics.ts';
import { type CatalogServiceComponents, openStores } from './open-stores.ts';
import type { CatalogConfig } from './options.ts';
import { createDirectiveProjector } from './outbox/directive-projector.ts';
import { createOutboxWorker } from './outbox/outbox-worker.ts';
import { createRolloutSignals } from './rollouts/rollout-signals.ts';
import { createServices, serveGrpc, serveHttp } from './serve.ts';
import { createSideSwarmExpiry } from './swarms/side-swarm-expiry.ts';

/** Where a running catalog is reached. */
export interface CatalogAddresses {
  /** host:port of the gRPC API. */
  readonly grpc: string;
  /** host:port of HTTP. */
  readonly http: string;
}

/** A catalog as a service. */
export type CatalogService = AddressedService<CatalogAddresses>;

/**
 * Makes a catalog. All it knows is in its database: it can be stopped and started at any time, and several can run on the
 * same database.
 */
export function createService(components: CatalogServiceComponents, config: CatalogConfig): CatalogService {
  return createStackService((stack) => startCatalog(components, config, stack));
}

async function startCatalog(
  components: CatalogServiceComponents,
  config: CatalogConfig,
  stack: AsyncDisposableStack,
): Promise<CatalogAddresses> {
  const { tlsCert: cert, tlsKey: key, tlsCa: ca } = config;
  const tls = tlsFromFiles({ cert, key, ca });
  const stores = await openStores(components, config, tls, stack);
  stack.defer(observeDatabase(stores));
  const signals = createRolloutSignals();
  const reportWriter = createReportWriter({ ...stores, signals });
  const outbox = stack.adopt(createOutboxWorker(stores), (worker) => worker.stop());
  const projector = stack.adopt(createDirectiveProjector(stores), (worker) => worker.stop());
  stack.adopt(consumeReports(stores, reportWriter), (consumption) => consumption.stop());
  await outbox.start();
  await projector.start();
  const expiry = stack.adopt(createSideSwarmExpiry(stores), (worker) => worker.stop());
  await expiry.start();
  const serving = { ...stores, signals, reportWriter, wakeOutbox: () => outbox.wake() };
  const stopping = new AbortController();
  const services = createServices(serving, config, stopping.signal);
  const http = await serveHttp(stores, services, config, tls, stack);
  // Last: whoever can call it finds everything at work.
  const grpc = await serveGrpc(serving, services, config, tls, stack);
  stack.defer(() => stopping.abort());
  stores.logger.info({ grpc, http }, 'catalog listens');
  return { grpc, http };
}
