import pg from 'pg';
import {
  PostgresDialect,
  type PostgresPool,
  type PostgresPoolClient,
  type PostgresQueryResult,
} from 'kysely';
import {
  DEFAULT_CONNECT_TIMEOUT_MS,
  DEFAULT_POOL_SIZE,
  DEFAULT_STATEMENT_TIMEOUT_MS,
  MIGRATION_TIMEOUT_MS,
  READ_TIMEOUT_MARGIN_MS,
} from './constants.ts';
import type { Database } from './database.ts';
import { KyselyDatabase } from './kysely-database.ts';
import { migrateToLatest } from './migrate.ts';
import { postgresTypes } from './postgres-types.ts';
import { isReadTimeout } from './sql-state.ts';

/** Options of {@link createPostgresDatabase}. */
export interface PostgresOptions {
  /** `postgresql://user:password@host:port/database`, with `sslmode` and the like as node-postgres takes them. */
  readonly url: string;
  /** Connections at most. Default 10. */
  readonly poolSize?: number;
  /** Milliseconds a statement may run, or a transaction may idle. Default 15,000. */
  readonly statementTimeoutMs?: number;
  /** Milliseconds to wait for a connection that is free, or for a new one to be made. Default 5000. */
  readonly connectTimeoutMs?: number;
}

/** A PostgreSQL server, version 13 or newer. It is connected to at first use, and again whenever the connection was lost. */
export function createPostgresDatabase(options: PostgresOptions): Database {
  return new KyselyDatabase({ dialect: dialectOf(options), migrate: () => migrateApart(options) });
}

/** Migrates over connections of its own, on which statements, and the wait for other migrators, may take long. */
async function migrateApart(options: PostgresOptions): Promise<void> {
  const migration = new KyselyDatabase({
    dialect: dialectOf({ ...options, poolSize: 2, statementTimeoutMs: MIGRATION_TIMEOUT_MS }),
    migrate: migrateToLatest,
  });
  try {
    await migration.migrate();
  } finally {
    await migration.close();
  }
}

function dialectOf(options: PostgresOptions): PostgresDialect {
  const statementTimeout = options.statementTimeoutMs ?? DEFAULT_STATEMENT_TIMEOUT_MS;
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize ?? DEFAULT_POOL_SIZE,
    application_name: 'shoal',
    connectionTimeoutMillis: options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
    keepAlive: true,
    statement_timeout: statementTimeout,
    idle_in_transaction_session_timeout: statementTimeout,
    // The server's own limit comes first; this one is for a server that went away without a word.
    query_timeout: statementTimeout + READ_TIMEOUT_MARGIN_MS,
    types: postgresTypes(),
  });
  // A connection that breaks says so as an event, idle or not. Its query, if it has one, is rejected as well, and the
  // pool replaces it: without a listener the event would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return new PostgresDialect({ pool: discardingPool(pool) });
}

/** A pool that closes connections on which an answer is overdue, in place of handing them to the next user. */
function discardingPool(pool: pg.Pool): PostgresPool {
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async (): Promise<PostgresPoolClient> => {
      const client = await pool.connect();
      let overdue = false;
      const query = async <R>(text: string, parameters: readonly unknown[]) => {
        try {
          const { command, rowCount, rows } = await client.query<R & pg.QueryResultRow>(text, [
            ...parameters,
          ]);
          return { command, rowCount, rows } as PostgresQueryResult<R>;
        } catch (error) {
          overdue ||= isReadTimeout(error);
          throw error;
        }
      };
      return {
        query: query as PostgresPoolClient['query'],
        release: (destroy = false) => client.release(destroy || overdue),
      };
    },
  };
}
