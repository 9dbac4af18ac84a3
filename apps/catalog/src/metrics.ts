import type { BatchObservableCallback } from '@opentelemetry/api';
import { outbox } from '@shoal/database';
import type { CatalogComponents } from './components.ts';

/**
 * Figures that are read from the database whenever metrics are asked for; while it is away there are none. Returns the
 * function that ends that.
 */
export function observeOutbox({ database, telemetry, logger }: CatalogComponents): () => void {
  const messages = telemetry.meter.createObservableGauge('shoal.catalog.outbox.messages', {
    description: 'Messages written by transactions and not published yet.',
  });
  const oldest = telemetry.meter.createObservableGauge('shoal.catalog.outbox.oldest', {
    description: 'Age of the oldest of them.',
    unit: 's',
  });
  const observed = [messages, oldest];
  const observe: BatchObservableCallback = async (observer) => {
    try {
      const backlog = await outbox.backlog(database.db);
      observer.observe(messages, backlog.messages);
      observer.observe(oldest, backlog.oldestMs / 1_000);
    } catch (error) {
      logger.debug({ err: error }, 'no figures of the outbox');
    }
  };
  telemetry.meter.addBatchObservableCallback(observe, observed);
  return () => telemetry.meter.removeBatchObservableCallback(observe, observed);
}
