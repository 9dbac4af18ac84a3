import { databaseContract, isAvailable, startPostgres, type TestPostgres } from '@shoal/testing';
import { afterAll, beforeAll, describe } from 'vitest';
import { createPostgresDatabase } from './postgres-database.ts';

describe.skipIf(!isAvailable('postgres'))('with a server', () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());

  databaseContract('PostgreSQL', () => Promise.resolve(createPostgresDatabase({ url: server.url })));
});
