import { sql } from 'kysely';
import { DatabaseError } from '../errors.ts';
import type { Queries } from '../schema.ts';
import { now, nowPlus } from '../sql.ts';

/** The right to be the only one that does a job, for a while. */
export interface Lease {
  readonly name: string;
  readonly holder: string;
  /** Grows with every change of hands: what a former holder still does can be told by it. */
  readonly fence: bigint;
}

/** Takes a lease that is free, expired, or the same holder's. Returns undefined while another holds it. */
export async function acquire(
  queries: Queries,
  name: string,
  holder: string,
  durationMs: number,
): Promise<Lease | undefined> {
  return queries
    .insertInto('leases')
    .values({ name, holder, expiresAt: nowPlus(durationMs), fence: 1n })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({ holder, expiresAt: nowPlus(durationMs), fence: sql<bigint>`leases.fence + 1` })
        .where((eb) => eb.or([eb('leases.expiresAt', '<=', now), eb('leases.holder', '=', holder)])),
    )
    .returning(['name', 'holder', 'fence'])
    .executeTakeFirst();
}

/**
 * Holds on to a lease for `durationMs` from now.
 * @throws DatabaseError SHOAL_DATABASE_LEASE_LOST when it has expired or changed hands.
 */
export async function renew(queries: Queries, lease: Lease, durationMs: number): Promise<void> {
  const row = await queries
    .updateTable('leases')
    .set({ expiresAt: nowPlus(durationMs) })
    .where('name', '=', lease.name)
    .where('fence', '=', lease.fence)
    .where('expiresAt', '>', now)
    .returning('name')
    .executeTakeFirst();
  if (row === undefined) throw lost(lease);
}

/**
 * Makes a transaction fail unless the lease is held until it commits: nobody can take it before. First statement of
 * every write that is done under a lease.
 * @throws DatabaseError SHOAL_DATABASE_LEASE_LOST
 */
export async function guard(transaction: Queries, lease: Lease): Promise<void> {
  const row = await transaction
    .selectFrom('leases')
    .select('name')
    .where('name', '=', lease.name)
    .where('fence', '=', lease.fence)
    .where('expiresAt', '>', now)
    .forShare()
    .executeTakeFirst();
  if (row === undefined) throw lost(lease);
}

/** Gives a lease up; one that is lost already is left alone. The row stays, so that its fence goes on growing. */
export async function release(queries: Queries, lease: Lease): Promise<void> {
  await queries
    .updateTable('leases')
    .set({ expiresAt: now })
    .where('name', '=', lease.name)
    .where('fence', '=', lease.fence)
    .execute();
}

function lost(lease: Lease): DatabaseError {
  return new DatabaseError(
    'SHOAL_DATABASE_LEASE_LOST',
    `lease "${lease.name}" (fence ${lease.fence}) is no longer held by ${lease.holder}`,
  );
}
