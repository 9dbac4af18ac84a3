import type { BatchObservableCallback } from '@opentelemetry/api';
import { outbox, sideSwarms, type SideSwarmState } from '@shoal/database';
import type { CatalogComponents } from './components.ts';

/** States that side swarms are counted in. */
const SIDE_SWARM_STATES: readonly SideSwarmState[] = ['pending', 'ready', 'failed'];

/**
 * Figures that are read from the database whenever metrics are asked for; while it is away there are none. Returns the
 * function that ends that.
 */
export function observeDatabase({ database, telemetry, logger }: CatalogComponents): () => void {
  const messages = telemetry.meter.createObservableGauge('shoal.catalog.outbox.messages', {
    description: 'Messages written by transactions and not published yet.',
  });
  const oldest = telemetry.meter.createObservableGauge('shoal.catalog.outbox.oldest', {
    description: 'Age of the oldest of them.',
    unit: 's',
  });
  const sides = telemetry.meter.createObservableGauge('shoal.catalog.side_swarms', {
    description:
      'Swarms made on demand for stock clients, by state: pending until a seeder has made the metainfo.',
  });
  const observed = [messages, oldest, sides];
  const observe: BatchObservableCallback = async (observer) => {
    try {
      const backlog = await outbox.backlog(database.db);
      observer.observe(messages, backlog.messages);
      observer.observe(oldest, backlog.oldestMs / 1_000);
      const counts = new Map(
        (await sideSwarms.countByState(database.db)).map((row) => [row.state, row.count]),
      );
      for (const state of SIDE_SWARM_STATES) observer.observe(sides, counts.get(state) ?? 0, { state });
    } catch (error) {
      logger.debug({ err: error }, 'no figures of the database');
    }
  };
  telemetry.meter.addBatchObservableCallback(observe, observed);
  return () => telemetry.meter.removeBatchObservableCallback(observe, observed);
}
