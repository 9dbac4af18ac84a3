import { randomUUID } from 'node:crypto';
import { leases, type Database } from '@shoal/database';
import { describe, expect, it } from 'vitest';

const MINUTE = 60_000;

/** Jobs that one process at a time may do. */
export function leaseContract(current: () => Database): void {
  const acquire = (name: string, holder: string, durationMs = MINUTE) =>
    leases.acquire(current().db, name, holder, durationMs);

  describe('leases', () => {
    it('are held by one of many that want them at once', async () => {
      const name = randomUUID();
      const got = await Promise.all(['a', 'b', 'c', 'd'].map((holder) => acquire(name, holder)));
      expect(got.filter((lease) => lease !== undefined)).toHaveLength(1);
    });

    it('go to another once they are released or have run out, with a higher fence', async () => {
      const name = randomUUID();
      const first = await acquire(name, 'a');
      expect(await acquire(name, 'b')).toBeUndefined();
      await leases.release(current().db, first!);
      const second = await acquire(name, 'b', 0);
      const third = await acquire(name, 'c');
      expect([first?.fence, second?.fence, third?.fence]).toEqual([1n, 2n, 3n]);
    });

    it('cannot be renewed or released by a former holder', async () => {
      const name = randomUUID();
      const first = await acquire(name, 'a', 0);
      const second = await acquire(name, 'b');
      await expect(leases.renew(current().db, first!, MINUTE)).rejects.toMatchObject({
        code: 'SHOAL_DATABASE_LEASE_LOST',
      });
      await leases.release(current().db, first!);
      await expect(leases.renew(current().db, second!, MINUTE)).resolves.toBeUndefined();
    });

    it('make writes of a former holder fail', async () => {
      const name = randomUUID();
      const first = await acquire(name, 'a', 0);
      const second = await acquire(name, 'b');
      const write = (lease: leases.Lease) =>
        current().transaction((transaction) => leases.guard(transaction, lease));
      await expect(write(first!)).rejects.toMatchObject({ code: 'SHOAL_DATABASE_LEASE_LOST' });
      await expect(write(second!)).resolves.toBeUndefined();
    });

    it('of the same holder, taken again after a restart, fence off what it did before', async () => {
      const name = randomUUID();
      const before = await acquire(name, 'a');
      const after = await acquire(name, 'a');
      expect(after?.fence).toBe(2n);
      await expect(leases.renew(current().db, before!, MINUTE)).rejects.toMatchObject({
        code: 'SHOAL_DATABASE_LEASE_LOST',
      });
    });
  });
}
