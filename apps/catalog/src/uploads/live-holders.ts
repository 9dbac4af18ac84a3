import { copies, hosts, type HostRow } from '@shoal/database';
import type { CatalogComponents } from '../components.ts';
import { ALIVE_FOR_MS, REFRESH_DEADLINE_MS } from '../constants.ts';
import type { SeederConnections } from './seeder-connections.ts';

/** The seeders that are alive and hold a durable copy of a content. */
export async function liveHolders(
  { database: { db } }: Pick<CatalogComponents, 'database'>,
  namespace: string,
  contentDigest: Uint8Array,
): Promise<readonly HostRow[]> {
  const held = await copies.ofContent(db, namespace, contentDigest);
  const durable = new Set(held.filter((copy) => copy.state === 'durable').map((copy) => copy.seederId));
  const alive = await hosts.aliveSeeders(db, namespace, ALIVE_FOR_MS);
  return alive.filter((seeder) => durable.has(seeder.hostId));
}

/** Tells seeders that what they should serve or make has changed; those that miss it learn so from their next hello. */
export async function refreshHolders(
  { seeders, logger }: Pick<CatalogComponents, 'logger'> & { readonly seeders: SeederConnections },
  holders: readonly HostRow[],
): Promise<void> {
  await Promise.all(
    holders.map(async (seeder) => {
      try {
        await seeders.to(seeder).refresh({}, { deadlineMs: REFRESH_DEADLINE_MS });
      } catch (error) {
        logger.warn({ err: error, seeder: seeder.hostId }, 'a seeder was not told of a change');
      }
    }),
  );
}
