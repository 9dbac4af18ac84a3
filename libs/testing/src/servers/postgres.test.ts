import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, type TestPostgres } from './postgres.ts';
import { isAvailable } from './resources.ts';

describe.skipIf(!isAvailable('postgres'))('a PostgreSQL for tests', () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());

  it('gives each caller of createDatabase an empty one', async () => {
    const [first, second] = [await server.createDatabase(), await server.createDatabase()];
    await rows(first, 'CREATE TABLE t (n int)');
    await rows(second, 'CREATE TABLE t (n int)');
    expect(first).not.toBe(second);
  });

  it('keeps what was committed over a kill', async () => {
    const database = await server.createDatabase();
    await rows(database, 'CREATE TABLE kept AS SELECT 7 AS n');
    await server.kill();
    await expect(rows(database, 'SELECT n FROM kept')).rejects.toThrow();
    await server.start();
    expect(await rows(database, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
  });
});

async function rows(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
