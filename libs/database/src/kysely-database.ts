import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { CamelCasePlugin, Kysely, sql, type Dialect, type Driver, type Transaction } from 'kysely';
import type { ConnectionGate } from './connection-gate.ts';
import { MAX_TRANSACTION_RUNS } from './constants.ts';
import type { Database } from './database.ts';
import { DatabaseError } from './errors.ts';
import { GuardedDriver, type TransactionScope } from './guarded-driver.ts';
import type { Queries, Schema } from './schema.ts';
import { isWorthAnotherRun } from './sql-state.ts';

/** What a {@link KyselyDatabase} stands on. */
export interface KyselyDatabaseInit {
  readonly dialect: Dialect;
  /** For a dialect of a single connection. */
  readonly gate?: ConnectionGate;
  /** Runs the migrations to the end. */
  readonly migrate: (db: Queries) => Promise<void>;
}

/** The part of {@link Database} that both adapters share. */
export class KyselyDatabase implements Database {
  readonly #kysely: Kysely<Schema>;
  readonly #scope = new AsyncLocalStorage<TransactionScope>();
  readonly #migrate: (db: Queries) => Promise<void>;
  #closed: Promise<void> | undefined;

  constructor(init: KyselyDatabaseInit) {
    this.#migrate = init.migrate;
    const guard = (driver: Driver) => new GuardedDriver({ driver, scope: this.#scope, gate: init.gate });
    this.#kysely = new Kysely<Schema>({
      dialect: {
        createDriver: () => guard(init.dialect.createDriver()),
        createAdapter: () => init.dialect.createAdapter(),
        createQueryCompiler: () => init.dialect.createQueryCompiler(),
        createIntrospector: (db) => init.dialect.createIntrospector(db),
      },
      // Keys inside jsonb are data, not column names.
      plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
    });
  }

  get db(): Queries {
    if (this.#closed !== undefined) {
      throw new DatabaseError('SHOAL_DATABASE_UNAVAILABLE', 'this service has closed the database');
    }
    return this.#kysely;
  }

  async migrate(): Promise<void> {
    await this.#migrate(this.db);
  }

  async transaction<T>(work: (transaction: Transaction<Schema>) => Promise<T>): Promise<T> {
    for (let run = 1; ; run += 1) {
      try {
        return await this.#runOnce(work);
      } catch (error) {
        if (run === MAX_TRANSACTION_RUNS || !isWorthAnotherRun(error)) throw error;
        // Apart from each other, or the same two would meet again: 5 to 10 ms, doubled each time.
        await wait(5 * 2 ** (run - 1) * (1 + Math.random()));
      }
    }
  }

  async health(): Promise<void> {
    await sql`select 1`.execute(this.db);
  }

  close(): Promise<void> {
    this.#closed ??= this.#kysely.destroy();
    return this.#closed;
  }

  async #runOnce<T>(work: (transaction: Transaction<Schema>) => Promise<T>): Promise<T> {
    const scope: TransactionScope = { active: true };
    try {
      return await this.db
        .transaction()
        .execute((transaction) => this.#scope.run(scope, () => work(transaction)));
    } finally {
      scope.active = false;
    }
  }
}
