import { TrackerServiceDefinition } from '@shoal/contracts';
import {
  type AddressedService,
  BackgroundLoop,
  type Clock,
  type Components,
  createGrpcServer,
  createHttpServer,
  createStackService,
  createVerifierFromFile,
  serveUntilStopped,
  systemClock,
  tlsFromFiles,
} from '@shoal/service';
import { ANNOUNCE_PATHS, EXPIRY_SLOT_MS, SCRAPE_PATHS } from './constants.ts';
import { GrantGate } from './grants/grant-gate.ts';
import { createNearRegularHandOutPolicy } from './hand-out/near-regular-hand-out-policy.ts';
import { createHttpAnnounces } from './http/http-announces.ts';
import { createMetrics } from './metrics.ts';
import type { TrackerConfig } from './options.ts';
import { createAnnounceService } from './stream/announce-service.ts';
import { SwarmRegistry } from './swarms/swarm-registry.ts';

/** Longest that calls in progress hold up a stop, in milliseconds; the streams are ended first. */
const STOP_GRACE_MS = 2_000;

export interface TrackerComponents extends Components {
  /** Numbers in [0, 1); `Math.random` unless given. */
  readonly random?: () => number;
}

/** Where a running tracker is reached, as `host:port`. */
export interface TrackerAddresses {
  /** The gRPC announce stream. */
  readonly grpc: string;
  /** HTTP announces, probes and metrics. */
  readonly http: string;
}

/** A tracker as a service. */
export type Tracker = AddressedService<TrackerAddresses>;

/**
 * Makes a tracker: swarms in memory, announces over gRPC (agents, seeders) and HTTP (stock clients), admission by grants
 * alone. It needs no other service to run.
 */
export function createService(components: TrackerComponents, config: TrackerConfig): Tracker {
  return createStackService((stack) => startTracker(components, config, stack));
}

async function startTracker(
  components: TrackerComponents,
  config: TrackerConfig,
  stack: AsyncDisposableStack,
): Promise<TrackerAddresses> {
  const { clock = systemClock, random = Math.random, logger, telemetry } = components;
  const tls = tlsFromFiles({ cert: config.tlsCert, key: config.tlsKey, ca: config.tlsCa });
  const { insecure } = config;
  const registry = new SwarmRegistry(
    { policy: createNearRegularHandOutPolicy(random), random },
    { maxSwarms: config.maxSwarms, maxPeersPerSwarm: config.maxPeersPerSwarm, now: clock.now() },
  );
  const metrics = createMetrics(telemetry, registry);
  const gate = new GrantGate(createVerifierFromFile(config.catalogPublicKey));
  expireUntilStopped(registry, clock, stack);

  const http = createHttpServer(components, { listen: config.httpListen, tls, insecure });
  const announces = createHttpAnnounces(
    { registry, gate, metrics, clock },
    { intervalMs: config.announceInterval },
  );
  for (const path of ANNOUNCE_PATHS) http.route('GET', path, (request) => announces.announce(request));
  for (const path of SCRAPE_PATHS) http.route('GET', path, (request) => announces.scrape(request));
  const httpEndpoint = await serveUntilStopped(http, STOP_GRACE_MS, stack);

  const grpc = createGrpcServer(components, { listen: config.listen, tls, insecure });
  const streams = createAnnounceService({ registry, gate, metrics, clock });
  grpc.add(TrackerServiceDefinition, streams.implementation);
  const grpcEndpoint = await serveUntilStopped(grpc, STOP_GRACE_MS, stack);
  stack.defer(() => streams.close());

  const addresses = { grpc: grpcEndpoint, http: httpEndpoint };
  logger.info(addresses, 'tracker listens');
  return addresses;
}

function expireUntilStopped(registry: SwarmRegistry, clock: Clock, stack: AsyncDisposableStack): void {
  const loop = new BackgroundLoop(async (signal) => {
    registry.expire(clock.now());
    await clock.sleep(EXPIRY_SLOT_MS, signal).catch(() => undefined);
  });
  stack.defer(() => loop.stop());
  loop.start();
}
