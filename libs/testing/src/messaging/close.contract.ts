import type { EventBus } from '@shoal/messaging';
import { afterEach, describe, expect, it } from 'vitest';
import type { BusFactory } from './event-bus.contract.ts';
import { bytes, freshStream, freshToken, publishAll } from './fixtures.ts';

/** How a bus ends. */
export function closeContract(create: BusFactory): void {
  describe('closing', () => {
    let bus: EventBus | undefined;
    afterEach(() => bus?.close());
    const open = async () => {
      bus = create(() => undefined);
      // The first answer: it is connected.
      await bus.bucket({ name: `test-${freshToken()}`, maxBytes: 10_000 }).get('a');
      return bus;
    };

    it('tells who listens, and is done once', async () => {
      const current = await open();
      const changes: boolean[] = [];
      current.onConnectedChange((connected) => changes.push(connected));
      expect(current.connected).toBe(true);
      await current.close();
      await current.close();
      expect(current.connected).toBe(false);
      expect(changes).toEqual([false]);
    });

    it('makes every operation fail typed', async () => {
      const current = await open();
      const bucket = current.bucket({ name: `test-${freshToken()}`, maxBytes: 10_000 });
      await current.close();
      const closed = { code: 'SHOAL_BUS_CLOSED' };
      await expect(current.publish('a', bytes('x'))).rejects.toMatchObject(closed);
      await expect(current.publishDurable('a', bytes('x'), { messageId: 'm' })).rejects.toMatchObject(closed);
      await expect(current.ensureStream(freshStream())).rejects.toMatchObject(closed);
      await expect(bucket.get('a')).rejects.toMatchObject(closed);
      await expect(bucket.keys()).rejects.toMatchObject(closed);
      expect(() => current.subscribe('a', () => undefined)).toThrow(expect.objectContaining(closed) as Error);
    });

    it('waits for the handlers that run', async () => {
      const current = await open();
      const stream = freshStream();
      await current.ensureStream(stream);
      await publishAll(current, `${stream.root}.a`, ['x']);
      const [began, release] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
      let done = false;
      current.consume({ stream, durable: 'reader' }, async () => {
        began.resolve(undefined);
        await release.promise;
        done = true;
      });
      await began.promise;
      const closing = current.close();
      release.resolve(undefined);
      await closing;
      expect(done).toBe(true);
    });

    it('does not wait longer than it may', async () => {
      const current = await open();
      const subject = freshToken();
      const [began, never] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
      const subscription = current.subscribe(subject, async () => {
        began.resolve(undefined);
        await never.promise;
      });
      await subscription.ready();
      await current.publish(subject, bytes('x'));
      await began.promise;
      const before = performance.now();
      await current.close(50);
      expect(performance.now() - before).toBeLessThan(2_000);
    });
  });
}
