import type { Telemetry } from '@shoal/service';
import type { SeedLimit } from '@shoal/session';

/** What an agent counts. */
export interface AgentMetrics {
  /** Something went a second way because the first was closed. */
  fallback(what: 'directive' | 'report'): void;
  /** A fetch ended. */
  fetched(outcome: 'published' | 'failed' | 'cancelled', millis: number): void;
  /** A swarm was left because enough was given back. */
  seedLimit(limit: SeedLimit): void;
  /** So many bytes of a tree were taken from other trees of this host. */
  reused(bytes: number): void;
}

/** Registers the metrics of an agent. */
export function createAgentMetrics({ meter }: Pick<Telemetry, 'meter'>): AgentMetrics {
  const fallbacks = meter.createCounter('shoal_agent_fallbacks', {
    description: 'Times the catalog was asked or told directly because the bus was away',
  });
  const fetches = meter.createHistogram('shoal_agent_fetch_duration', {
    description: 'Time from the start of a fetch to its end, by outcome',
    unit: 's',
  });
  const reused = meter.createCounter('shoal_agent_reused_bytes', {
    description: 'Bytes of files that the host had in another tree, and took over instead of fetching them',
  });
  reused.add(0);
  const limits = meter.createCounter('shoal_agent_seed_limits', {
    description: 'Swarms left because a seed limit was reached, by limit',
  });
  for (const limit of ['ratio', 'seed-time']) limits.add(0, { limit });
  // At zero from the start: a counter that appears with the first failure shows no increase.
  for (const what of ['directive', 'report']) fallbacks.add(0, { what });
  return {
    fallback: (what) => fallbacks.add(1, { what }),
    fetched: (outcome, millis) => fetches.record(millis / 1_000, { outcome }),
    seedLimit: (limit) => limits.add(1, { limit }),
    reused: (bytes) => reused.add(bytes),
  };
}
