import type { Telemetry } from '@shoal/service';
import type { SwarmRegistry } from './swarms/swarm-registry.ts';

/** What the tracker counts. */
export interface TrackerMetrics {
  /** An announce of one torrent was served. */
  announced(transport: 'grpc' | 'http'): void;
  /** One was refused, and why. */
  refused(transport: 'grpc' | 'http', code: string): void;
  /** Peers not sent because a stream is too slow to take them. */
  dropped(peers: number): void;
}

/** Counters of announces, and gauges of what the registry holds. */
export function createMetrics({ meter }: Telemetry, registry: SwarmRegistry): TrackerMetrics {
  // Plain numbers, read when somebody asks: recording in a counter costs 1 µs, as much as an announce over gRPC.
  const announces = { grpc: 0, http: 0 };
  meter
    .createObservableCounter('shoal.tracker.announces', { description: 'Torrents announced.' })
    .addCallback((result) => {
      result.observe(announces.grpc, { transport: 'grpc' });
      result.observe(announces.http, { transport: 'http' });
    });
  const refusals = meter.createCounter('shoal.tracker.refusals', {
    description: 'Torrents refused, by error code.',
  });
  const drops = meter.createCounter('shoal.tracker.dropped_peers', {
    description: 'Peers not sent to streams that read too slowly.',
  });
  drops.add(0);
  meter
    .createObservableGauge('shoal.tracker.swarms', { description: 'Swarms that have a peer.' })
    .addCallback((result) => result.observe(registry.swarmCount));
  meter
    .createObservableGauge('shoal.tracker.peers', { description: 'Peers in all swarms.' })
    .addCallback((result) => result.observe(registry.peerCount));
  return {
    announced: (transport) => {
      announces[transport]++;
    },
    refused: (transport, code) => refusals.add(1, { transport, code }),
    dropped: (peers) => drops.add(peers),
  };
}
