import { DatabaseError, type DatabaseErrorCode } from './errors.ts';

/**
 * What SQLSTATE codes mean to a caller: whole codes first, then classes (their first two characters).
 * https://www.postgresql.org/docs/15/errcodes-appendix.html
 */
const CODES: Readonly<Record<string, DatabaseErrorCode>> = {
  '25006': 'SHOAL_DATABASE_UNAVAILABLE', // read-only: a standby that is not (yet) the primary
  '25P03': 'SHOAL_DATABASE_TIMEOUT', // idle in transaction for too long
  '3D000': 'SHOAL_DATABASE_REFUSED', // no such database
  '42501': 'SHOAL_DATABASE_REFUSED', // no privilege
  '53300': 'SHOAL_DATABASE_UNAVAILABLE', // too many connections
  '55P03': 'SHOAL_DATABASE_TIMEOUT', // lock not available in time
  '57014': 'SHOAL_DATABASE_TIMEOUT', // canceled by statement_timeout
};

const CLASSES: Readonly<Record<string, DatabaseErrorCode>> = {
  '08': 'SHOAL_DATABASE_UNAVAILABLE', // connection
  '23': 'SHOAL_DATABASE_CONFLICT', // constraint violated
  '28': 'SHOAL_DATABASE_REFUSED', // who is asking
  '40': 'SHOAL_DATABASE_CONFLICT', // rolled back: serialization, deadlock
  '53': 'SHOAL_DATABASE_FULL', // out of disk, memory
  '57': 'SHOAL_DATABASE_UNAVAILABLE', // operator: shutting down, starting up
  '58': 'SHOAL_DATABASE_UNAVAILABLE', // the server's system failed
};

/** Serialization failure and deadlock: the same transaction can succeed when it runs again. */
const WORTH_ANOTHER_RUN: ReadonlySet<string | undefined> = new Set(['40001', '40P01']);

/** What node-postgres says when `query_timeout` is over. */
const READ_TIMEOUT = 'Query read timeout';

/** Turns whatever a driver threw into a typed error; typed ones pass as they are. */
export function toDatabaseError(error: unknown): DatabaseError {
  if (error instanceof DatabaseError) return error;
  if (!(error instanceof Error)) {
    return new DatabaseError('SHOAL_DATABASE_QUERY', 'the driver failed', { cause: error });
  }
  const sqlState = textField(error, 'code');
  // No SQLSTATE starts with E; Node's codes do, and EPIPE has five characters too.
  if (sqlState === undefined || !/^(?!E)[0-9A-Z]{5}$/.test(sqlState)) {
    // Without a SQLSTATE it is not the server that speaks: the way to it failed (ECONNREFUSED, "Connection terminated").
    const code = isReadTimeout(error) ? 'SHOAL_DATABASE_TIMEOUT' : 'SHOAL_DATABASE_UNAVAILABLE';
    return new DatabaseError(code, error.message === '' ? (sqlState ?? error.name) : error.message, {
      cause: error,
    });
  }
  const code = CODES[sqlState] ?? CLASSES[sqlState.slice(0, 2)] ?? 'SHOAL_DATABASE_QUERY';
  const constraint = textField(error, 'constraint');
  return new DatabaseError(code, `${error.message} (SQLSTATE ${sqlState})`, {
    sqlState,
    ...(constraint === undefined ? {} : { constraint }),
    cause: error,
  });
}

/** Whether the transaction that failed so may succeed when it runs again. */
export function isWorthAnotherRun(error: unknown): boolean {
  return error instanceof DatabaseError && WORTH_ANOTHER_RUN.has(error.sqlState);
}

/** Whether the answer did not come in time, so that the connection still waits for it and cannot be used again. */
export function isReadTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === READ_TIMEOUT;
}

function textField(error: object, field: string): string | undefined {
  const value: unknown = Reflect.get(error, field);
  return typeof value === 'string' ? value : undefined;
}
