import type { Telemetry } from '@shoal/service';

/** What an agent counts. */
export interface AgentMetrics {
  /** Something went a second way because the first was closed. */
  fallback(what: 'directive' | 'report'): void;
  /** A fetch ended. */
  fetched(outcome: 'published' | 'failed' | 'cancelled', millis: number): void;
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
  // At zero from the start: a counter that appears with the first failure shows no increase.
  for (const what of ['directive', 'report']) fallbacks.add(0, { what });
  return {
    fallback: (what) => fallbacks.add(1, { what }),
    fetched: (outcome, millis) => fetches.record(millis / 1_000, { outcome }),
    reused: (bytes) => reused.add(bytes),
  };
}
