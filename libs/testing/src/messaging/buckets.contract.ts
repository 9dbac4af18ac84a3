import { bucketKey } from '@shoal/messaging';
import { describe, expect, it } from 'vitest';
import type { BusUnderTest } from './event-bus.contract.ts';
import { bytes, freshToken } from './fixtures.ts';

/** Key-value buckets. */
export function bucketContract({ bus }: BusUnderTest): void {
  const fresh = (maxBytes = 1024 * 1024) => bus().bucket({ name: `test-${freshToken()}`, maxBytes });
  const conflict = { code: 'SHOAL_BUS_CONFLICT' };

  describe('buckets', () => {
    it('give the last value of a key, with a revision that grows', async () => {
      const bucket = fresh();
      const key = bucketKey('default', 'web-1.eu.example');
      expect(await bucket.get(key)).toBeUndefined();
      const first = await bucket.put(key, bytes('one'));
      const second = await bucket.put(key, bytes('two'));
      expect(second).toBeGreaterThan(first);
      expect(await bucket.get(key)).toEqual({ key, value: bytes('two'), revision: second });
    });

    it('are the same for everyone who opens them by name', async () => {
      const name = `test-${freshToken()}`;
      await bus().bucket({ name, maxBytes: 1_000_000 }).put('a', bytes('x'));
      const read = await bus().bucket({ name, maxBytes: 1_000_000 }).get('a');
      expect(read?.value).toEqual(bytes('x'));
    });

    it('create a key only where there is none', async () => {
      const bucket = fresh();
      await bucket.create('a', bytes('first'));
      await expect(bucket.create('a', bytes('second'))).rejects.toMatchObject(conflict);
      expect((await bucket.get('a'))?.value).toEqual(bytes('first'));
    });

    it('update a key only at its last revision', async () => {
      const bucket = fresh();
      const first = await bucket.put('a', bytes('1'));
      const second = await bucket.update('a', bytes('2'), first);
      await expect(bucket.update('a', bytes('stale'), first)).rejects.toMatchObject(conflict);
      await expect(bucket.update('b', bytes('missing'), second)).rejects.toMatchObject(conflict);
      expect((await bucket.get('a'))?.value).toEqual(bytes('2'));
    });

    it('let one of many concurrent updates through', async () => {
      const bucket = fresh();
      const revision = await bucket.put('a', bytes('0'));
      const outcomes = await Promise.allSettled(
        Array.from({ length: 10 }, (_, n) => bucket.update('a', bytes(String(n)), revision)),
      );
      expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
    });

    it('forget a deleted key, which can be created again', async () => {
      const bucket = fresh();
      await bucket.put('a', bytes('x'));
      await bucket.delete('a');
      await bucket.delete('never-there');
      expect(await bucket.get('a')).toBeUndefined();
      expect(await bucket.keys()).toEqual([]);
      await bucket.create('a', bytes('again'));
      expect((await bucket.get('a'))?.value).toEqual(bytes('again'));
    });

    it('list their keys', async () => {
      const bucket = fresh();
      expect(await bucket.keys()).toEqual([]);
      const keys = Array.from({ length: 300 }, (_, n) => bucketKey('default', `host-${n}`));
      await Promise.all(keys.map((key) => bucket.put(key, bytes('x'))));
      await bucket.put(keys[0]!, bytes('twice'));
      expect([...(await bucket.keys())].sort()).toEqual(keys.sort());
    });

    it('refuse what exceeds their bytes', async () => {
      const bucket = fresh(50_000);
      await bucket.put('a', new Uint8Array(30_000));
      await expect(bucket.put('b', new Uint8Array(30_000))).rejects.toMatchObject({ code: 'SHOAL_BUS_FULL' });
      expect(await bucket.get('b')).toBeUndefined();
    });

    it('refuse keys that were not made by bucketKey, and values beyond the bound', async () => {
      const bucket = fresh();
      for (const key of ['', 'a b', 'a.*', '>', '.a', 'a.', 'ü']) {
        await expect(bucket.put(key, bytes('x'))).rejects.toMatchObject({ code: 'SHOAL_BUS_INVALID' });
      }
      await expect(bucket.put('a', new Uint8Array(960 * 1024 + 1))).rejects.toMatchObject({
        code: 'SHOAL_BUS_PAYLOAD_TOO_LARGE',
      });
    });
  });
}
