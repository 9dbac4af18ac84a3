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
  const announces = meter.createCounter('shoal.tracker.announces', { description: 'Torrents announced.' });
  const refusals = meter.createCounter('shoal.tracker.refusals', {
    description: 'Torrents refused, by error code.',
  });
  const drops = meter.createCounter('shoal.tracker.dropped_peers', {
    description: 'Peers not sent to streams that read too slowly.',
  });
  meter
    .createObservableGauge('shoal.tracker.swarms', { description: 'Swarms that have a peer.' })
    .addCallback((result) => result.observe(registry.swarmCount));
  meter
    .createObservableGauge('shoal.tracker.peers', { description: 'Peers in all swarms.' })
    .addCallback((result) => result.observe(registry.peerCount));
  const attributes = { grpc: { transport: 'grpc' }, http: { transport: 'http' } } as const;
  return {
    announced: (transport) => announces.add(1, attributes[transport]),
    refused: (transport, code) => refusals.add(1, { transport, code }),
    dropped: (peers) => drops.add(peers),
  };
}
