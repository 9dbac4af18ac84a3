import { TrackerServiceDefinition } from '@shoal/contracts';
import {
  type Components,
  createGrpcServer,
  createHttpServer,
  createVerifierFromFile,
  type Service,
  systemClock,
  tlsFromFiles,
} from '@shoal/service';
import { EXPIRY_SLOT_MS } from './constants.ts';
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

/** A tracker. Its addresses are known once it has started. */
export interface Tracker extends Service {
  /** `host:port` of the gRPC announce stream. */
  readonly endpoint: string;
  /** `host:port` of HTTP announces, probes and metrics. */
  readonly httpEndpoint: string;
}

/**
 * Makes a tracker: swarms in memory, announces over gRPC (agents, seeders) and HTTP (stock clients), admission by grants
 * alone. It needs no other service to run.
 */
export function createService(components: TrackerComponents, config: TrackerConfig): Tracker {
  const { clock = systemClock, random = Math.random, telemetry } = components;
  const tls = tlsFromFiles({ cert: config.tlsCert, key: config.tlsKey, ca: config.tlsCa });
  const { insecure } = config;
  const policy = createNearRegularHandOutPolicy(random);
  const registry = new SwarmRegistry(
    { policy, random },
    { maxSwarms: config.maxSwarms, maxPeersPerSwarm: config.maxPeersPerSwarm, now: clock.now() },
  );
  const metrics = createMetrics(telemetry, registry);
  const grpc = createGrpcServer(components, { listen: config.listen, tls, insecure });
  const http = createHttpServer(components, { listen: config.httpListen, tls, insecure });
  const stopping = new AbortController();
  let endStreams = (): void => undefined;
  let addresses = { endpoint: config.listen, httpEndpoint: config.httpListen };

  async function expireUntilStopped(): Promise<void> {
    while (!stopping.signal.aborted) {
      registry.expire(clock.now());
      await clock.sleep(EXPIRY_SLOT_MS, stopping.signal).catch(() => undefined);
    }
  }

  return {
    get endpoint() {
      return addresses.endpoint;
    },
    get httpEndpoint() {
      return addresses.httpEndpoint;
    },
    async start() {
      // Read here, not earlier: the catalog of the same process makes the key when it starts.
      const gate = new GrantGate(createVerifierFromFile(config.catalogPublicKey));
      const streams = createAnnounceService({ registry, gate, metrics, clock });
      endStreams = () => streams.close();
      grpc.add(TrackerServiceDefinition, streams.implementation);
      const announces = createHttpAnnounces(
        { registry, gate, metrics, clock },
        { intervalMs: config.announceInterval },
      );
      http.route('GET', '/:grant/announce', (request) => announces.announce(request));
      http.route('GET', '/:grant/scrape', (request) => announces.scrape(request));
      const [{ endpoint }, { endpoint: httpEndpoint }] = [await grpc.start(), await http.start()];
      addresses = { endpoint, httpEndpoint };
      grpc.setServing(TrackerServiceDefinition.fullName, true);
      void expireUntilStopped();
      components.logger.info({ endpoint, httpEndpoint }, 'tracker listens');
    },
    async stop() {
      stopping.abort();
      endStreams();
      await Promise.all([grpc.stop(STOP_GRACE_MS), http.stop(STOP_GRACE_MS)]);
    },
  };
}
