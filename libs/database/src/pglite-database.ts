import { mkdirSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import { PGliteAdapter, PGliteDialect, type Dialect } from 'kysely';
import { ConnectionGate } from './connection-gate.ts';
import { DEFAULT_STATEMENT_TIMEOUT_MS } from './constants.ts';
import type { Database } from './database.ts';
import { INT8, INT8_ARRAY, parseInt8Array } from './int8.ts';
import { KyselyDatabase } from './kysely-database.ts';
import { migrateToLatest } from './migrate.ts';

/** Options of {@link createPgliteDatabase}. */
export interface PgliteOptions {
  /** Directory of the data, made when missing; used by one process at a time. Default: memory only. */
  readonly dataDir?: string;
}

/**
 * PostgreSQL in this process: the embedded default. It starts at first use, which takes 2 to 4 s on an empty directory.
 * It is one connection: transactions and statements take turns, and wait for theirs 15 s at most.
 */
export function createPgliteDatabase(options: PgliteOptions = {}): Database {
  const connect = () => {
    if (options.dataDir !== undefined) mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
    return PGlite.create({
      ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
      // Small int8 come as numbers otherwise, and large ones as bigint.
      parsers: { [INT8]: BigInt, [INT8_ARRAY]: parseInt8Array },
    });
  };
  return new KyselyDatabase({
    dialect: withoutKyselysLock(new PGliteDialect({ pglite: connect })),
    gate: new ConnectionGate(DEFAULT_STATEMENT_TIMEOUT_MS),
    migrate: migrateToLatest,
  });
}

/** Kysely's own lock for single connections has no deadline, and would hold code inside a transaction for ever. */
function withoutKyselysLock(dialect: PGliteDialect): Dialect {
  return {
    createDriver: () => dialect.createDriver(),
    createAdapter: () => new GatedAdapter(),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createIntrospector: (db) => dialect.createIntrospector(db),
  };
}

class GatedAdapter extends PGliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}
