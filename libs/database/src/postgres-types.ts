import pg from 'pg';
import { INT8, INT8_ARRAY, parseInt8Array } from './int8.ts';

/** PostgreSQL's object id of bytea: pg_type.dat. */
const BYTEA = 17;

/** How node-postgres reads what it reads differently from PGlite: int8 as bigint, bytea as Uint8Array. */
export function postgresTypes(): pg.TypeOverrides {
  const types = new pg.TypeOverrides();
  const parseBytea: (text: string) => Buffer = pg.types.getTypeParser(BYTEA, 'text');
  types.setTypeParser(INT8, BigInt);
  types.setTypeParser(INT8_ARRAY, parseInt8Array);
  types.setTypeParser(BYTEA, (text) => {
    const bytes = parseBytea(text);
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  });
  return types;
}
