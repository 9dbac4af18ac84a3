import { copies, sideSwarms } from '@shoal/database';
import { BackgroundLoop, type Service } from '@shoal/service';
import type { CatalogComponents } from '../components.ts';
import { SIDE_SWARM_EXPIRY_BATCH, SIDE_SWARM_EXPIRY_INTERVAL_MS } from '../constants.ts';

/** Removes side swarms whose time is over, in the background. Several catalogs may do so at once. */
export function createSideSwarmExpiry(components: CatalogComponents): Service {
  const { clock, logger } = components;
  const loop = new BackgroundLoop(async (signal) => {
    try {
      while ((await removeExpired(components)) === SIDE_SWARM_EXPIRY_BATCH);
    } catch (error) {
      logger.warn({ err: error }, 'old side swarms could not be removed; trying again later');
    }
    await clock.sleep(SIDE_SWARM_EXPIRY_INTERVAL_MS, signal).catch(() => undefined);
  });
  return {
    start: () => {
      loop.start();
      return Promise.resolve();
    },
    stop: () => loop.stop(),
  };
}

/** Removes one batch; returns how many there were. Seeders learn of it from their next hello. */
export async function removeExpired({
  database,
  logger,
}: Pick<CatalogComponents, 'database' | 'logger'>): Promise<number> {
  const removed = await database.transaction(async (transaction) => {
    const expired = await sideSwarms.lockExpired(transaction, SIDE_SWARM_EXPIRY_BATCH);
    for (const side of expired) {
      await sideSwarms.remove(transaction, side);
      await copies.swarmsChanged(transaction, side.namespace, side.contentDigest);
    }
    return expired;
  });
  for (const { namespace, name, format } of removed) {
    logger.info({ namespace, name, format }, 'removed a side swarm that was not exported any more');
  }
  return removed.length;
}
