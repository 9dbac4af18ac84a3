import { isAvailable, startPostgres, type TestPostgres } from '@shoal/testing';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from './database.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { createPostgresDatabase, type PostgresOptions } from './postgres-database.ts';
import { acquire } from './repositories/leases.ts';

const MINUTE = 60_000;

describe.skipIf(!isAvailable('postgres'))('a PostgreSQL that fails', () => {
  let server: TestPostgres;
  const databases: Database[] = [];
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterEach(async () => {
    await Promise.all(databases.splice(0).map((database) => database.close()));
  });
  afterAll(() => server.stop());

  const open = (url: string, options: Omit<PostgresOptions, 'url'> = {}) => {
    const database = createPostgresDatabase({ url, ...options });
    databases.push(database);
    return database;
  };

  it('is migrated once by many services that start together', async () => {
    const url = await server.createDatabase();
    const services = Array.from({ length: 6 }, () => open(url));
    await Promise.all(services.map((service) => service.migrate()));
    const done = await sql<{ name: string }>`select name from kysely_migration`.execute(services[0]!.db);
    expect(done.rows.map(({ name }) => name).sort()).toEqual(Object.keys(MIGRATIONS));
  });

  it('is left alone when a newer build has migrated it', async () => {
    const database = open(await server.createDatabase());
    await database.migrate();
    await sql`insert into kysely_migration values ('9999-of-the-future', '2099-01-01')`.execute(database.db);
    await expect(database.migrate()).rejects.toMatchObject({ code: 'SHOAL_DATABASE_MIGRATION' });
  });

  it('makes a typed error of every query while it is away, and works again when it is back', async () => {
    const database = open(await server.createDatabase());
    await database.migrate();
    const lease = await acquire(database.db, 'before', 'a', MINUTE);
    const unavailable = { code: 'SHOAL_DATABASE_UNAVAILABLE' };

    const running = sql`select pg_sleep(60)`.execute(database.db);
    const failing = expect(running).rejects.toMatchObject(unavailable);
    await sleepers(database, 1);
    await server.kill();
    await failing;
    await expect(database.health()).rejects.toMatchObject(unavailable);
    await expect(
      database.transaction((transaction) => acquire(transaction, 'x', 'a', MINUTE)),
    ).rejects.toMatchObject(unavailable);

    await server.start();
    await database.health();
    expect(await acquire(database.db, 'before', 'b', MINUTE)).toBeUndefined();
    expect(lease?.fence).toBe(1n);
  });

  it('never reports success for a transaction that did not commit', async () => {
    const database = open(await server.createDatabase());
    await database.migrate();
    const work = database.transaction(async (transaction) => {
      await acquire(transaction, 'lost', 'a', MINUTE);
      await server.kill();
    });
    await expect(work).rejects.toMatchObject({ code: 'SHOAL_DATABASE_UNAVAILABLE' });
    await server.start();
    expect(await acquire(database.db, 'lost', 'b', MINUTE)).toMatchObject({ holder: 'b', fence: 1n });
  });

  it('ends a statement that runs too long, and uses its connection again', async () => {
    const database = open(await server.createDatabase(), { poolSize: 1, statementTimeoutMs: 100 });
    await expect(sql`select pg_sleep(60)`.execute(database.db)).rejects.toMatchObject({
      code: 'SHOAL_DATABASE_TIMEOUT',
      sqlState: '57014',
    });
    await database.health();
  });

  it('does not wait for ever for a free connection', async () => {
    const database = open(await server.createDatabase(), { poolSize: 1, connectTimeoutMs: 1_000 });
    const release = Promise.withResolvers<undefined>();
    const began = Promise.withResolvers<undefined>();
    const holding = database.transaction(async () => {
      began.resolve(undefined);
      await release.promise;
    });
    await began.promise;
    await expect(database.health()).rejects.toMatchObject({ code: 'SHOAL_DATABASE_UNAVAILABLE' });
    release.resolve(undefined);
    await holding;
    await database.health();
  });

  it.each([
    { change: (url: URL) => (url.pathname = '/nowhere'), code: 'SHOAL_DATABASE_REFUSED' },
    { change: (url: URL) => (url.port = '1'), code: 'SHOAL_DATABASE_UNAVAILABLE' },
  ])('is told apart: $code', async ({ change, code }) => {
    const url = new URL(server.url);
    change(url);
    await expect(open(url.href).health()).rejects.toMatchObject({ code });
    await expect(open(url.href).migrate()).rejects.toMatchObject({ code });
  });
});

/** Resolves once `count` statements sleep on the server. */
async function sleepers(database: Database, count: number): Promise<void> {
  for (;;) {
    const { rows } = await sql`
      select from pg_stat_activity where state = 'active' and query like 'select pg_sleep%'`.execute(
      database.db,
    );
    if (rows.length >= count) return;
  }
}
