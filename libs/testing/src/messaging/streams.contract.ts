import { randomUUID } from 'node:crypto';
import type { DurableMessage } from '@shoal/messaging';
import { describe, expect, it } from 'vitest';
import type { BusUnderTest } from './event-bus.contract.ts';
import { bytes, freshStream, freshToken, publishAll, text } from './fixtures.ts';
import { Inbox } from './inbox.ts';

const FAST = { first: 5, most: 20 };

function textsOf(messages: readonly DurableMessage[]): string[] {
  return messages.map((message) => text(message.payload));
}

/** Durable streams. */
export function streamContract({ bus, incidents }: BusUnderTest): void {
  describe('durable streams', () => {
    it('deliver what was stored before and after a consumption began, with headers', async () => {
      const stream = freshStream();
      await bus().ensureStream(stream);
      const subject = `${stream.root}.report.web`;
      const headers = { traceparent: '00-1-2-01' };
      const stored = await bus().publishDurable(subject, bytes('before'), { messageId: 'm1', headers });
      expect(stored).toEqual({ sequence: 1, duplicate: false });
      const inbox = new Inbox<DurableMessage>();
      const consumption = bus().consume({ stream, durable: 'reader' }, inbox.add);
      await inbox.until(1);
      await publishAll(bus(), subject, ['after']);
      expect(textsOf(await inbox.until(2))).toEqual(['before', 'after']);
      expect(inbox.all[0]).toEqual({
        subject,
        payload: bytes('before'),
        headers,
        sequence: 1,
        deliveries: 1,
      });
      await consumption.stop();
    });

    it('store a message id once', async () => {
      const stream = freshStream();
      await bus().ensureStream(stream);
      const publish = (messageId: string) =>
        bus().publishDurable(`${stream.root}.a`, bytes('x'), { messageId });
      const first = await publish('same');
      const second = await publish('same');
      const third = await publish('other');
      expect([first, second, third]).toEqual([
        { sequence: 1, duplicate: false },
        { sequence: 1, duplicate: true },
        { sequence: 2, duplicate: false },
      ]);
    });

    it('deliver a message again, later each time, until its handler succeeds', async () => {
      const stream = freshStream();
      const inbox = new Inbox<DurableMessage>();
      const consumption = bus().consume({ stream, durable: 'reader', backoffMs: FAST }, async (message) => {
        await inbox.add(message);
        if (message.deliveries < 4) throw new Error(`not yet ${message.subject}`);
      });
      await bus().ensureStream(stream);
      await publishAll(bus(), `${stream.root}.a`, ['stubborn']);
      const all = await inbox.until(4);
      expect(all.map((message) => message.deliveries)).toEqual([1, 2, 3, 4]);
      await consumption.stop();
      expect(
        incidents.filter((i) => i.kind === 'handler-failed' && i.subject === `${stream.root}.a`),
      ).toHaveLength(3);
    });

    it('go on with other messages while one fails', async () => {
      const stream = freshStream();
      await bus().ensureStream(stream);
      await publishAll(bus(), `${stream.root}.a`, ['bad', 'good']);
      const inbox = new Inbox<DurableMessage>();
      const slow = { first: 60_000, most: 60_000 };
      const consumption = bus().consume({ stream, durable: 'reader', backoffMs: slow }, async (message) => {
        if (text(message.payload) === 'bad') throw new Error('bad');
        await inbox.add(message);
      });
      expect(textsOf(await inbox.until(1))).toEqual(['good']);
      await consumption.stop();
    });

    it('deliver a message again whose handler takes too long', async () => {
      const stream = freshStream();
      await bus().ensureStream(stream);
      await publishAll(bus(), `${stream.root}.a`, ['slow']);
      const inbox = new Inbox<DurableMessage>();
      const never = Promise.withResolvers<undefined>();
      const consumption = bus().consume(
        { stream, durable: 'reader', handlerTimeoutMs: 30, backoffMs: FAST },
        async (message) => {
          await inbox.add(message);
          if (message.deliveries === 1) await never.promise;
        },
      );
      const all = await inbox.until(2);
      expect(all.map((message) => message.deliveries)).toEqual([1, 2]);
      await consumption.stop();
    });

    it('keep the position of a durable name, also of messages that failed', async () => {
      const stream = freshStream();
      await bus().ensureStream(stream);
      await publishAll(bus(), `${stream.root}.a`, ['done', 'failed']);
      const failing = Promise.withResolvers<undefined>();
      const first = bus().consume({ stream, durable: 'reader', backoffMs: FAST }, (message) => {
        if (text(message.payload) === 'done') return Promise.resolve();
        failing.resolve(undefined);
        return Promise.reject(new Error('not now'));
      });
      await failing.promise;
      await first.stop();
      await publishAll(bus(), `${stream.root}.a`, ['new']);
      const inbox = new Inbox<DurableMessage>();
      const second = bus().consume({ stream, durable: 'reader', backoffMs: FAST }, inbox.add);
      await inbox.until((all) => all.length >= 2);
      expect(new Set(textsOf(inbox.all))).toEqual(new Set(['failed', 'new']));
      await second.stop();
    });

    it('take new rules for a durable name, at the position it has', async () => {
      const stream = freshStream();
      await bus().ensureStream(stream);
      await publishAll(bus(), `${stream.root}.a`, ['1']);
      const before = new Inbox<DurableMessage>();
      const first = bus().consume({ stream, durable: 'reader', filter: `${stream.root}.a` }, before.add);
      await before.until(1);
      await first.stop();
      const after = new Inbox<DurableMessage>();
      const second = bus().consume({ stream, durable: 'reader', maxInFlight: 3 }, after.add);
      await publishAll(bus(), `${stream.root}.b`, ['2']);
      expect(textsOf(await after.until(1))).toEqual(['2']);
      await second.stop();
    });

    it('give what one consumption could not do to another of its name', async () => {
      const stream = freshStream();
      await bus().ensureStream(stream);
      await publishAll(bus(), `${stream.root}.a`, ['handed over']);
      const [began, fail] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
      const spec = { stream, durable: 'reader', backoffMs: FAST };
      const first = bus().consume(spec, async () => {
        began.resolve(undefined);
        await fail.promise;
      });
      await began.promise;
      const inbox = new Inbox<DurableMessage>();
      const second = bus().consume(spec, inbox.add);
      const stopping = first.stop();
      fail.reject(new Error('not here'));
      await stopping;
      expect(textsOf(await inbox.until(1))).toEqual(['handed over']);
      await second.stop();
    });

    it('give every durable name all messages, and consumptions of one name a share', async () => {
      const stream = freshStream();
      const [shared, other] = [new Inbox<DurableMessage>(), new Inbox<DurableMessage>()];
      const consumptions = [
        bus().consume({ stream, durable: 'shared' }, shared.add),
        bus().consume({ stream, durable: 'shared' }, shared.add),
        bus().consume({ stream, durable: 'other' }, other.add),
      ];
      await bus().ensureStream(stream);
      const texts = Array.from({ length: 100 }, (_, n) => String(n));
      await publishAll(bus(), `${stream.root}.a`, texts);
      await Promise.all([shared.until(100), other.until(100)]);
      expect(new Set(textsOf(shared.all))).toEqual(new Set(texts));
      expect(new Set(textsOf(other.all))).toEqual(new Set(texts));
      await Promise.all(consumptions.map((consumption) => consumption.stop()));
    });

    it('deliver only what a filter names', async () => {
      const stream = freshStream();
      await bus().ensureStream(stream);
      await publishAll(bus(), `${stream.root}.progress.a`, ['no']);
      await publishAll(bus(), `${stream.root}.report.a`, ['yes']);
      await publishAll(bus(), `${stream.root}.report.b`, ['yes too']);
      const inbox = new Inbox<DurableMessage>();
      const filter = `${stream.root}.report.*`;
      const consumption = bus().consume({ stream, durable: 'reader', filter }, inbox.add);
      expect(textsOf(await inbox.until(2))).toEqual(['yes', 'yes too']);
      await consumption.stop();
    });

    it('run a bounded number of handlers at the same time', async () => {
      const stream = freshStream();
      await bus().ensureStream(stream);
      await publishAll(bus(), `${stream.root}.a`, ['1', '2', '3', '4', '5', '6', '7']);
      const inbox = new Inbox<DurableMessage>();
      let running = 0;
      let most = 0;
      const consumption = bus().consume({ stream, durable: 'reader', maxInFlight: 3 }, async (message) => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        await inbox.add(message);
      });
      await inbox.until(7);
      expect(most).toBeLessThanOrEqual(3);
      expect(most).toBeGreaterThan(1);
      await consumption.stop();
    });

    it('drop the oldest messages beyond their bytes', async () => {
      const stream = freshStream({ maxBytes: 40_000 });
      await bus().ensureStream(stream);
      for (let n = 0; n < 10; n += 1) {
        const payload = new Uint8Array(9_000).fill(n);
        await bus().publishDurable(`${stream.root}.a`, payload, { messageId: String(n) });
      }
      const inbox = new Inbox<DurableMessage>();
      const consumption = bus().consume({ stream, durable: 'reader' }, inbox.add);
      const all = await inbox.until((messages) => messages.at(-1)?.payload[0] === 9);
      expect(all.map((message) => message.payload[0])).toEqual([6, 7, 8, 9]);
      await consumption.stop();
    });

    it('take new bounds when they are there already', async () => {
      const stream = freshStream();
      await bus().ensureStream(stream);
      await bus().ensureStream(stream);
      await bus().ensureStream({ ...stream, maxBytes: 2 * stream.maxBytes, subjects: [`${stream.root}.b`] });
      await publishAll(bus(), `${stream.root}.b`, ['x']);
      const gone = bus().publishDurable(`${stream.root}.a`, bytes('x'), { messageId: randomUUID() });
      await expect(gone).rejects.toMatchObject({ code: 'SHOAL_BUS_NO_STREAM' });
    });

    it('refuse subjects that another stream holds', async () => {
      const stream = freshStream();
      await bus().ensureStream(stream);
      const twin = { ...stream, name: `TWIN-${stream.root}`, subjects: [`${stream.root}.a.*`] };
      await expect(bus().ensureStream(twin)).rejects.toMatchObject({ code: 'SHOAL_BUS_CONFLICT' });
    });

    it('refuse a message that no stream stores', async () => {
      const publish = bus().publishDurable(`${freshToken()}.a`, bytes('x'), { messageId: 'm' });
      await expect(publish).rejects.toMatchObject({ code: 'SHOAL_BUS_NO_STREAM' });
    });

    it('wait for the running handlers when a consumption stops', async () => {
      const stream = freshStream();
      await bus().ensureStream(stream);
      await publishAll(bus(), `${stream.root}.a`, ['x']);
      const [began, release] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
      let done = false;
      const consumption = bus().consume({ stream, durable: 'reader' }, async () => {
        began.resolve(undefined);
        await release.promise;
        done = true;
      });
      await began.promise;
      const stopping = consumption.stop();
      release.resolve(undefined);
      await stopping;
      expect(done).toBe(true);
    });
  });
}
