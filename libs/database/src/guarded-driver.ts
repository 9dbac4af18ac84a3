import type { AsyncLocalStorage } from 'node:async_hooks';
import type {
  CompiledQuery,
  DatabaseConnection,
  Driver,
  QueryCompiler,
  QueryResult,
  TransactionSettings,
} from 'kysely';
import type { ConnectionGate } from './connection-gate.ts';
import { DatabaseError } from './errors.ts';
import { toDatabaseError } from './sql-state.ts';

/** The transaction that the running code is part of; `active` until it has ended. */
export interface TransactionScope {
  active: boolean;
}

/** What a {@link GuardedDriver} needs. */
export interface GuardedDriverInit {
  readonly driver: Driver;
  readonly scope: AsyncLocalStorage<TransactionScope>;
  /** For a driver of a single connection. */
  readonly gate: ConnectionGate | undefined;
}

/**
 * A driver that raises typed errors only, and refuses a second connection to code inside a transaction. With PGlite's one
 * connection such code would wait for itself for ever; with a pool it would do so under load only, and would not see what
 * its own transaction wrote.
 */
export class GuardedDriver implements Driver {
  readonly #driver: Driver;
  readonly #scope: AsyncLocalStorage<TransactionScope>;
  readonly #gate: ConnectionGate | undefined;

  constructor(init: GuardedDriverInit) {
    this.#driver = init.driver;
    this.#scope = init.scope;
    this.#gate = init.gate;
  }

  init(): Promise<void> {
    return typed(() => this.#driver.init());
  }

  async acquireConnection(): Promise<GuardedConnection> {
    if (this.#scope.getStore()?.active === true) {
      throw new DatabaseError(
        'SHOAL_DATABASE_NESTED_USE',
        'the database was used inside one of its transactions',
      );
    }
    await this.#gate?.enter();
    try {
      return new GuardedConnection(await typed(() => this.#driver.acquireConnection()));
    } catch (error) {
      this.#gate?.leave();
      throw error;
    }
  }

  async releaseConnection(connection: GuardedConnection): Promise<void> {
    await typed(() => this.#driver.releaseConnection(connection.inner));
    this.#gate?.leave();
  }

  beginTransaction(connection: GuardedConnection, settings: TransactionSettings): Promise<void> {
    return typed(() => this.#driver.beginTransaction(connection.inner, settings));
  }

  commitTransaction(connection: GuardedConnection): Promise<void> {
    return typed(() => this.#driver.commitTransaction(connection.inner));
  }

  rollbackTransaction(connection: GuardedConnection): Promise<void> {
    return typed(() => this.#driver.rollbackTransaction(connection.inner));
  }

  savepoint(c: GuardedConnection, name: string, compile: QueryCompiler['compileQuery']): Promise<void> {
    return typed(async () => this.#driver.savepoint?.(c.inner, name, compile));
  }

  rollbackToSavepoint(
    c: GuardedConnection,
    name: string,
    compile: QueryCompiler['compileQuery'],
  ): Promise<void> {
    return typed(async () => this.#driver.rollbackToSavepoint?.(c.inner, name, compile));
  }

  releaseSavepoint(
    c: GuardedConnection,
    name: string,
    compile: QueryCompiler['compileQuery'],
  ): Promise<void> {
    return typed(async () => this.#driver.releaseSavepoint?.(c.inner, name, compile));
  }

  destroy(): Promise<void> {
    return typed(() => this.#driver.destroy());
  }
}

class GuardedConnection implements DatabaseConnection {
  readonly inner: DatabaseConnection;

  constructor(inner: DatabaseConnection) {
    this.inner = inner;
  }

  executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return typed(() => this.inner.executeQuery<R>(query));
  }

  streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    return this.inner.streamQuery<R>(query, chunkSize);
  }
}

async function typed<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toDatabaseError(error);
  }
}
