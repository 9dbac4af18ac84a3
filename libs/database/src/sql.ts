import { sql, type RawBuilder } from 'kysely';
import { MAX_BIND_PARAMETERS } from './constants.ts';

/** A value for a jsonb column. Text on the wire, because drivers turn bare arrays and strings into other things. */
export function json<T>(value: T): RawBuilder<T> {
  return sql<T>`${JSON.stringify(value)}::jsonb`;
}

/** The database's clock: one clock decides about leases, claims and liveness, whichever process asks. */
export const now: RawBuilder<Date> = sql<Date>`now()`;

/** A moment `milliseconds` from now on the database's clock; the past when negative. */
export function nowPlus(milliseconds: number): RawBuilder<Date> {
  return sql<Date>`now() + ${milliseconds}::float8 * '1 millisecond'::interval`;
}

/** Runs of `rows` that fit into one statement each, at `columns` bind parameters a row. */
export function* batches<T>(rows: readonly T[], columns: number): Generator<readonly T[]> {
  const most = Math.floor(MAX_BIND_PARAMETERS / columns);
  for (let start = 0; start < rows.length; start += most) yield rows.slice(start, start + most);
}
