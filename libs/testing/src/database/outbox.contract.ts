import { randomUUID } from 'node:crypto';
import { outbox, type Database } from '@shoal/database';
import { beforeEach, describe, expect, it } from 'vitest';

const MINUTE = 60_000;

function message(key: string, text = key): outbox.NewOutboxMessage {
  return {
    namespace: 'default',
    topic: 'directives',
    key,
    payload: new TextEncoder().encode(text),
    headers: { traceparent: '00-1-2-01' },
    messageId: randomUUID(),
  };
}

function keysOf(rows: readonly { readonly key: string }[]): string[] {
  return rows.map((row) => row.key);
}

/** The transactional outbox. */
export function outboxContract(current: () => Database): void {
  const add = (...messages: outbox.NewOutboxMessage[]) => outbox.add(current().db, messages);
  const claim = (worker: string, limit = 10, claimMs = MINUTE) =>
    outbox.claim(current().db, worker, limit, claimMs);

  describe('outbox', () => {
    beforeEach(async () => {
      await current().db.deleteFrom('outbox').execute();
    });

    it('gives a message to one worker, with all that it carries, and forgets it when it is done', async () => {
      const sent = message('a', 'hello');
      await add(sent);
      const [row] = await claim('w1');
      expect(row).toMatchObject({ ...sent, attempts: 1, claimedBy: 'w1' });
      expect(await claim('w2')).toEqual([]);
      await outbox.complete(current().db, 'w1', [row!.id]);
      expect(await outbox.backlog(current().db)).toEqual({ messages: 0, oldestMs: 0 });
    });

    it('does not show messages of a transaction that was rolled back', async () => {
      const work = current().transaction(async (transaction) => {
        await outbox.add(transaction, [message('a')]);
        throw new Error('rolled back');
      });
      await expect(work).rejects.toThrow('rolled back');
      expect(await claim('w1')).toEqual([]);
    });

    it('never gives the same message to two workers, nor two of one key', async () => {
      await add(...Array.from({ length: 200 }, (_, index) => message(`key-${index % 50}`, String(index))));
      const done: string[] = [];
      const work = async (worker: string): Promise<void> => {
        for (;;) {
          const rows = await claim(worker, 7);
          if (rows.length === 0 && (await outbox.backlog(current().db)).messages === 0) return;
          expect(new Set(keysOf(rows)).size).toBe(rows.length);
          done.push(...rows.map((row) => new TextDecoder().decode(row.payload)));
          await outbox.complete(
            current().db,
            worker,
            rows.map((row) => row.id),
          );
        }
      };
      await Promise.all(['w1', 'w2', 'w3', 'w4'].map(work));
      expect(done).toHaveLength(200);
      expect(new Set(done).size).toBe(200);
      for (let key = 0; key < 50; key += 1) {
        const ofKey = done.map(Number).filter((index) => index % 50 === key);
        expect(ofKey).toEqual([key, key + 50, key + 100, key + 150]);
      }
    });

    it('holds the later messages of a key back until the first is done', async () => {
      await add(message('a', 'first'), message('a', 'second'), message('b'));
      const rows = await claim('w1');
      expect(keysOf(rows)).toEqual(['a', 'b']);
      expect(await claim('w2')).toEqual([]);
      await outbox.complete(current().db, 'w1', [rows[0]!.id]);
      const [next] = await claim('w2');
      expect(new TextDecoder().decode(next?.payload)).toBe('second');
    });

    it('claims at most the limit, oldest first', async () => {
      await add(message('c'), message('a'), message('b'));
      expect(keysOf(await claim('w1', 2))).toEqual(['c', 'a']);
      expect(keysOf(await claim('w1', 2))).toEqual(['b']);
    });

    it('gives a message again when its claim ran out, and then ignores the first worker', async () => {
      await add(message('a'));
      const [first] = await claim('w1', 10, 0);
      const [second] = await claim('w2');
      expect(second).toMatchObject({ id: first!.id, attempts: 2, claimedBy: 'w2' });
      await outbox.complete(current().db, 'w1', [first!.id]);
      await outbox.retryLater(current().db, 'w1', first!.id, 0);
      expect((await outbox.backlog(current().db)).messages).toBe(1);
      expect(await claim('w3')).toEqual([]);
    });

    it('gives a failed message again after its delay, and meanwhile keeps its key back', async () => {
      await add(message('a', 'first'), message('a', 'second'));
      const [row] = await claim('w1');
      await outbox.retryLater(current().db, 'w1', row!.id, MINUTE);
      expect(await claim('w2')).toEqual([]);
      await add(message('b'));
      const [other] = await claim('w2');
      await outbox.retryLater(current().db, 'w2', other!.id, 0);
      expect(keysOf(await claim('w3'))).toEqual(['b']);
    });

    it('finds a message that committed with a lower id than one that was published before', async () => {
      const slow = Promise.withResolvers<undefined>();
      const written = Promise.withResolvers<undefined>();
      const late = current().transaction(async (transaction) => {
        await outbox.add(transaction, [message('late')]);
        written.resolve(undefined);
        await slow.promise;
      });
      await written.promise;
      // PGlite has one connection: there the second writer comes after the first in any case.
      const early = add(message('early'));
      slow.resolve(undefined);
      await Promise.all([late, early]);
      const keys = keysOf([...(await claim('w1', 1)), ...(await claim('w1', 1))]);
      expect(keys.sort()).toEqual(['early', 'late']);
    });
  });
}
