import { Migrator, type Migration } from 'kysely/migration';
import { DatabaseError } from './errors.ts';
import { MIGRATIONS } from './migrations/index.ts';
import type { Queries } from './schema.ts';

/**
 * Runs the steps the database has not seen, all in one transaction. On PostgreSQL the migrator holds a lock meanwhile, so
 * that services that start together take turns; PGlite has one connection and one process.
 * @param steps by name, in the order of their names.
 * @throws DatabaseError SHOAL_DATABASE_MIGRATION, SHOAL_DATABASE_UNAVAILABLE, SHOAL_DATABASE_TIMEOUT
 */
export async function migrateToLatest(
  db: Queries,
  steps: Readonly<Record<string, Migration>> = MIGRATIONS,
): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve({ ...steps }) } });
  const { error, results } = await migrator.migrateToLatest();
  if (error === undefined) return;
  if (error instanceof DatabaseError && error.code !== 'SHOAL_DATABASE_QUERY') throw error;
  const failed = results?.find((result) => result.status === 'Error')?.migrationName;
  const reason = error instanceof Error ? error.message : 'unknown reason';
  throw new DatabaseError(
    'SHOAL_DATABASE_MIGRATION',
    failed === undefined ? `the schema cannot be brought up to date: ${reason}` : `step ${failed}: ${reason}`,
    { cause: error },
  );
}
