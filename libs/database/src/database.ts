import type { Transaction } from 'kysely';
import type { Queries, Schema } from './schema.ts';

/** A database with Shoal's schema: PostgreSQL, or PGlite in the same process. */
export interface Database {
  /**
   * For single statements. Inside {@link transaction} its use is refused: SHOAL_DATABASE_NESTED_USE.
   * @throws DatabaseError SHOAL_DATABASE_UNAVAILABLE once it is closed.
   */
  readonly db: Queries;
  /**
   * Brings the schema up to this build's version. Services that do it at the same time wait for each other.
   * @throws DatabaseError SHOAL_DATABASE_MIGRATION when a newer build has migrated the database, or a step fails.
   */
  migrate(): Promise<void>;
  /**
   * Runs `work` in one transaction and commits what it did, or nothing when it throws. Serialization failures and
   * deadlocks run it again, at most 5 times in all: it must have no effects beside the transaction.
   * @throws DatabaseError; what `work` throws.
   */
  transaction<T>(work: (transaction: Transaction<Schema>) => Promise<T>): Promise<T>;
  /** Resolves when the database answers a query. @throws DatabaseError SHOAL_DATABASE_UNAVAILABLE or _TIMEOUT. */
  health(): Promise<void>;
  /** Waits for running queries, then closes all connections. Idempotent. */
  close(): Promise<void>;
}
