import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chownSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { PostgreSqlContainer } from '@testcontainers/postgresql';
import pg from 'pg';
import { unprivilegedAccount } from './account.ts';
import { START_DEADLINE } from './constants.ts';
import { startContainer } from './container.ts';
import { startLocalServer } from './local-server.ts';
import { serverSource } from './resources.ts';
import type { RunningServer } from './running-server.ts';
import { freePort, underRetry, untilReady } from './wait.ts';

const USER = 'shoal';
const PASSWORD = 'shoal';

/**
 * Nothing of a test's database has to survive the machine, so no fsync; but what was committed survives a kill of the
 * server (`synchronous_commit` stays on), or tests of faults would blame the wrong part.
 */
const SETTINGS = ['fsync=off', 'full_page_writes=off'].flatMap((s) => ['-c', s]);

/** A PostgreSQL server of a test's own. */
export interface TestPostgres {
  /** Connection URL of an empty database. */
  readonly url: string;
  /** Makes one more empty database and gives its URL. */
  createDatabase(): Promise<string>;
  /** Ends the server at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again after {@link kill}, with the same URL and data; resolves when it answers. */
  start(): Promise<void>;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

/**
 * Starts a real PostgreSQL, in a container or from this machine's packages as the test runner chose.
 * It ends with the test, also with one that is killed.
 * @throws Error when there is no PostgreSQL here: ask `isAvailable('postgres')` first.
 */
export async function startPostgres(): Promise<TestPostgres> {
  const source = serverSource('postgres');
  return underRetry(async () => {
    const server =
      source.kind === 'container'
        ? await startPostgresContainer(source.image)
        : await startPostgresBinary(source.executable);
    try {
      await untilAnswers(server);
      return testPostgres(server);
    } catch (error) {
      await server.stop();
      throw error;
    }
  });
}

function testPostgres(server: RunningServer): TestPostgres {
  const url = databaseUrl(server.port, USER);
  return {
    url,
    createDatabase: async () => {
      const name = `test_${randomUUID().replaceAll('-', '')}`;
      await query(url, `CREATE DATABASE ${name}`);
      return databaseUrl(server.port, name);
    },
    kill: () => server.kill(),
    start: () =>
      // Children of a killed server may hold its shared memory for a moment: the next start then fails.
      underRetry(async () => {
        await server.start();
        await untilAnswers(server);
      }),
    stop: () => server.stop(),
  };
}

function startPostgresContainer(image: string): Promise<RunningServer> {
  const container = new PostgreSqlContainer(image)
    .withDatabase(USER)
    .withUsername(USER)
    .withPassword(PASSWORD)
    .withEnvironment({ POSTGRES_INITDB_ARGS: '--no-locale --encoding=UTF8' })
    .withCommand(['postgres', ...SETTINGS]);
  return startContainer(container, 5432);
}

async function startPostgresBinary(executable: string): Promise<RunningServer> {
  const account = unprivilegedAccount();
  const directory = mkdtempSync(join(tmpdir(), 'shoal-postgres-'));
  if (account !== undefined) chownSync(directory, account.uid, account.gid);
  const data = join(directory, 'data');
  await promisify(execFile)(
    join(dirname(executable), 'initdb'),
    ['-D', data, '-U', USER, '--auth=trust', '--no-locale', '--encoding=UTF8', '--no-sync'],
    { cwd: directory, timeout: START_DEADLINE, ...account },
  );
  const port = await freePort();
  const address = ['-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='];
  const server = startLocalServer({
    command: executable,
    args: ['-D', data, ...address, ...SETTINGS],
    directory,
    port,
    account,
  });
  await untilAnswers(server, 'postgres');
  await query(databaseUrl(port, 'postgres'), `CREATE DATABASE ${USER}`);
  return server;
}

async function untilAnswers(server: RunningServer, database = USER): Promise<void> {
  const url = databaseUrl(server.port, database);
  await untilReady(
    'PostgreSQL',
    () => query(url, 'SELECT 1'),
    () => server.exited(),
  );
}

function databaseUrl(port: number, database: string): string {
  return `postgresql://${USER}:${PASSWORD}@127.0.0.1:${port}/${database}`;
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: START_DEADLINE });
  try {
    await client.connect();
    await client.query(sql);
  } finally {
    await client.end();
  }
}
