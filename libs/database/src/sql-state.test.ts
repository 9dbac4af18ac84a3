import { describe, expect, it } from 'vitest';
import { DatabaseError } from './errors.ts';
import { isWorthAnotherRun, toDatabaseError } from './sql-state.ts';

function thrown(message: string, fields: object = {}): Error {
  return Object.assign(new Error(message), fields);
}

describe('errors of the drivers', () => {
  it.each([
    ['23505', 'SHOAL_DATABASE_CONFLICT'],
    ['40001', 'SHOAL_DATABASE_CONFLICT'],
    ['40P01', 'SHOAL_DATABASE_CONFLICT'],
    ['57014', 'SHOAL_DATABASE_TIMEOUT'],
    ['55P03', 'SHOAL_DATABASE_TIMEOUT'],
    ['25P03', 'SHOAL_DATABASE_TIMEOUT'],
    ['57P01', 'SHOAL_DATABASE_UNAVAILABLE'],
    ['57P03', 'SHOAL_DATABASE_UNAVAILABLE'],
    ['08006', 'SHOAL_DATABASE_UNAVAILABLE'],
    ['25006', 'SHOAL_DATABASE_UNAVAILABLE'],
    ['53300', 'SHOAL_DATABASE_UNAVAILABLE'],
    ['53100', 'SHOAL_DATABASE_FULL'],
    ['28P01', 'SHOAL_DATABASE_REFUSED'],
    ['3D000', 'SHOAL_DATABASE_REFUSED'],
    ['42501', 'SHOAL_DATABASE_REFUSED'],
    ['42P01', 'SHOAL_DATABASE_QUERY'],
    ['22012', 'SHOAL_DATABASE_QUERY'],
  ])('with SQLSTATE %s are %s', (sqlState, code) => {
    const error = toDatabaseError(thrown('it failed', { code: sqlState, constraint: 'a_constraint' }));
    expect(error).toMatchObject({ code, sqlState, constraint: 'a_constraint' });
    expect(error.message).toBe(`it failed (SQLSTATE ${sqlState})`);
    expect(error.remedy).not.toBe('');
  });

  it.each([
    [thrown('connect ECONNREFUSED 127.0.0.1:5432', { code: 'ECONNREFUSED' }), 'SHOAL_DATABASE_UNAVAILABLE'],
    [thrown('Connection terminated unexpectedly'), 'SHOAL_DATABASE_UNAVAILABLE'],
    [thrown('timeout exceeded when trying to connect'), 'SHOAL_DATABASE_UNAVAILABLE'],
    [thrown('broken pipe', { code: 'EPIPE' }), 'SHOAL_DATABASE_UNAVAILABLE'],
    [thrown('Query read timeout'), 'SHOAL_DATABASE_TIMEOUT'],
    ['not an error', 'SHOAL_DATABASE_QUERY'],
  ])('without one are told by the way they failed: %s', (error, code) => {
    expect(toDatabaseError(error)).toMatchObject({ code, cause: error });
  });

  it('name the code where there is no message', () => {
    const refused = new AggregateError([], '');
    expect(toDatabaseError(Object.assign(refused, { code: 'ECONNREFUSED' })).message).toBe('ECONNREFUSED');
  });

  it('pass when they are typed already', () => {
    const typed = new DatabaseError('SHOAL_DATABASE_LEASE_LOST', 'lost');
    expect(toDatabaseError(typed)).toBe(typed);
  });

  it('call for another run only where one can help', () => {
    const [deadlock, duplicate] = ['40P01', '23505'].map((code) => toDatabaseError(thrown('x', { code })));
    expect([
      isWorthAnotherRun(deadlock),
      isWorthAnotherRun(duplicate),
      isWorthAnotherRun(new Error()),
    ]).toEqual([true, false, false]);
  });
});
