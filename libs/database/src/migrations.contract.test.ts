import { isAvailable, startPostgres, type TestPostgres } from '@shoal/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrateToLatest } from './migrate.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { createPostgresDatabase } from './postgres-database.ts';
import type { Queries } from './schema.ts';

const steps = Object.entries(MIGRATIONS);

describe.skipIf(!isAvailable('postgres'))('migrations', () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());

  const withDatabase = async <T>(work: (db: Queries) => Promise<T>): Promise<T> => {
    const database = createPostgresDatabase({ url: await server.createDatabase() });
    try {
      return await work(database.db);
    } finally {
      await database.close();
    }
  };

  it('have names that sort in the order they are listed', () => {
    const names = steps.map(([name]) => name);
    expect(names).toEqual([...names].sort());
  });

  it.each(steps.map((_, count) => [count]))(
    'lead from version %i to the same schema as from nothing',
    async (count) => {
      const fresh = await withDatabase(async (db) => {
        await migrateToLatest(db);
        return columnsOf(db);
      });
      const upgraded = await withDatabase(async (db) => {
        await migrateToLatest(db, Object.fromEntries(steps.slice(0, count)));
        await migrateToLatest(db);
        return columnsOf(db);
      });
      expect(fresh.length).toBeGreaterThan(100);
      expect(upgraded).toEqual(fresh);
    },
  );

  it('leave nothing behind when a step fails, and say which', async () => {
    await withDatabase(async (db) => {
      const broken = {
        '0001-good': {
          up: (inside: Queries) => sql`create table good (n int)`.execute(inside).then(() => undefined),
        },
        '0002-bad': {
          up: (inside: Queries) => sql`create table good (n int)`.execute(inside).then(() => undefined),
        },
      };
      await expect(migrateToLatest(db, broken)).rejects.toMatchObject({
        code: 'SHOAL_DATABASE_MIGRATION',
        message: expect.stringContaining('0002-bad') as string,
      });
      const { rows } = await sql`select from pg_tables where tablename = 'good'`.execute(db);
      expect(rows).toHaveLength(0);
    });
  });
});

async function columnsOf(db: Queries): Promise<readonly unknown[]> {
  const { rows } = await sql`
    select table_name, column_name, data_type, is_nullable, column_default
    from information_schema.columns where table_schema = 'public' order by 1, 2`.execute(db);
  return rows;
}
