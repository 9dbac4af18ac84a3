import pg from 'pg';
import { INT8, INT8_ARRAY, parseInt8Array } from './int8.ts';

const { BYTEA } = pg.types.builtins;

/** How node-postgres reads what it reads differently from PGlite: int8 as bigint, bytea as Uint8Array. */
export function postgresTypes(): pg.TypeOverrides {
  const types = new pg.TypeOverrides();
  const parseBytea = pg.types.getTypeParser(BYTEA, 'text') as (text: string) => Buffer;
  types.setTypeParser(INT8, BigInt);
  types.setTypeParser(INT8_ARRAY, parseInt8Array);
  types.setTypeParser(BYTEA, (text) => {
    const bytes = parseBytea(text);
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  });
  return types;
}
