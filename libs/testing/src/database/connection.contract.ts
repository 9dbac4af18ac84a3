import { hosts, type Database } from '@shoal/database';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { freshNamespace, publishArtifact, sayHello } from './fixtures.ts';

/** Types, errors and transactions. */
export function connectionContract(current: () => Database): void {
  describe('connection', () => {
    it('answers the health check', async () => {
      await expect(current().health()).resolves.toBeUndefined();
    });

    it('migrates a second time without doing anything', async () => {
      const steps = async () => (await sql`select * from kysely_migration`.execute(current().db)).rows;
      const before = await steps();
      await current().migrate();
      expect(before.length).toBeGreaterThan(0);
      expect(await steps()).toEqual(before);
    });

    it('reads int8 as bigint, also small ones and arrays, and bytea as Uint8Array', async () => {
      const { rows } = await sql`
        select 1::int8 as small, 9007199254740993::int8 as large, array[1, 2]::int8[] as many, array[]::int8[] as none,
               'ab'::bytea as bytes, '{"a_b": [1]}'::jsonb as data, to_timestamp(1) as moment`.execute(
        current().db,
      );
      expect(rows).toStrictEqual([
        {
          small: 1n,
          large: 9_007_199_254_740_993n,
          many: [1n, 2n],
          none: [],
          bytes: new Uint8Array([97, 98]),
          data: { a_b: [1] },
          moment: new Date(1_000),
        },
      ]);
    });

    it('tells a violated constraint by name', async () => {
      const insert = sql`insert into contents values ('short'::bytea, 1, 1, 'm'::bytea)`.execute(
        current().db,
      );
      await expect(insert).rejects.toMatchObject({
        code: 'SHOAL_DATABASE_CONFLICT',
        sqlState: '23514',
        constraint: 'contents_content_digest_check',
      });
    });

    it('tells a statement that is wrong in itself', async () => {
      await expect(sql`select nothing`.execute(current().db)).rejects.toMatchObject({
        code: 'SHOAL_DATABASE_QUERY',
        sqlState: '42703',
      });
    });

    it('commits a transaction as a whole', async () => {
      const namespace = freshNamespace();
      await current().transaction(async (transaction) => {
        await sayHello(transaction, namespace, 'a');
        await sayHello(transaction, namespace, 'b');
      });
      expect(await hosts.agentsMatching(current().db, namespace, {})).toEqual(['a', 'b']);
    });

    it('rolls a transaction back when its work throws, and passes the error on', async () => {
      const namespace = freshNamespace();
      const fault = new Error('changed my mind');
      const work = current().transaction(async (transaction) => {
        await sayHello(transaction, namespace, 'a');
        throw fault;
      });
      await expect(work).rejects.toBe(fault);
      expect(await hosts.agentsMatching(current().db, namespace, {})).toEqual([]);
    });

    it('keeps transactions that run at the same time apart', async () => {
      const namespace = freshNamespace();
      const outcomes = await Promise.allSettled(
        Array.from({ length: 12 }, (_, index) =>
          current().transaction(async (transaction) => {
            await sayHello(transaction, namespace, `host-${index}`);
            if (index % 3 === 0) throw new Error('rolled back');
          }),
        ),
      );
      expect(outcomes.filter((outcome) => outcome.status === 'rejected')).toHaveLength(4);
      expect(await hosts.agentsMatching(current().db, namespace, {})).toHaveLength(8);
    });

    it('runs a transaction again after a serialization failure', async () => {
      let runs = 0;
      const result = await current().transaction(async (transaction) => {
        runs += 1;
        if (runs < 3) await sql`do $$ begin raise sqlstate '40001'; end $$`.execute(transaction);
        return 'done';
      });
      expect([result, runs]).toEqual(['done', 3]);
    });

    it('gives up after five runs', async () => {
      let runs = 0;
      const work = current().transaction(async (transaction) => {
        runs += 1;
        await sql`do $$ begin raise sqlstate '40P01'; end $$`.execute(transaction);
      });
      await expect(work).rejects.toMatchObject({ code: 'SHOAL_DATABASE_CONFLICT', sqlState: '40P01' });
      expect(runs).toBe(5);
    });

    // With PGlite's one connection this would wait for itself for ever.
    it('refuses the database around a transaction inside it', async () => {
      const nested = current().transaction(() => sayHello(current().db, freshNamespace(), 'a'));
      await expect(nested).rejects.toMatchObject({ code: 'SHOAL_DATABASE_NESTED_USE' });
      const twice = current().transaction(() => current().transaction(() => Promise.resolve()));
      await expect(twice).rejects.toMatchObject({ code: 'SHOAL_DATABASE_NESTED_USE' });
    });

    it('lets work that a transaction started use the database once the transaction is over', async () => {
      const started = Promise.withResolvers<undefined>();
      let later: Promise<unknown> | undefined;
      await current().transaction(() => {
        later = started.promise.then(() => current().health());
        return Promise.resolve();
      });
      started.resolve(undefined);
      await expect(later).resolves.toBeUndefined();
    });

    it('makes an aborted transaction fail even when its work hid the error', async () => {
      const namespace = freshNamespace();
      const work = current().transaction(async (transaction) => {
        await publishArtifact(transaction, namespace, 'web', '1');
        await sql`select nothing`.execute(transaction).catch(() => undefined);
      });
      await expect(work).rejects.toMatchObject({ name: 'ShoalError' });
    });
  });
}
