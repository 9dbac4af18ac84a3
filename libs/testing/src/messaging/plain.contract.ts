import { subjectToken, type BusMessage } from '@shoal/messaging';
import { describe, expect, it } from 'vitest';
import type { BusUnderTest } from './event-bus.contract.ts';
import { bytes, freshToken, text } from './fixtures.ts';
import { Inbox } from './inbox.ts';

/** Plain publish and subscribe. */
export function plainContract({ bus, incidents }: BusUnderTest): void {
  const inboxOf = async (subject: string) => {
    const inbox = new Inbox<BusMessage>();
    const subscription = bus().subscribe(subject, inbox.add);
    await subscription.ready();
    return { inbox, subscription };
  };

  describe('plain subjects', () => {
    it('carry subject, payload and headers to every subscriber', async () => {
      const subject = `${freshToken()}.nudge`;
      const [first, second] = [await inboxOf(subject), await inboxOf(subject)];
      const headers = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
      await bus().publish(subject, bytes('hello'), { headers });
      const [message] = await first.inbox.until(1);
      expect(message).toEqual({ subject, payload: bytes('hello'), headers });
      expect(await second.inbox.until(1)).toHaveLength(1);
    });

    it('carry an empty payload, and one at the bound', async () => {
      const subject = freshToken();
      const { inbox } = await inboxOf(subject);
      await bus().publish(subject, new Uint8Array());
      await bus().publish(subject, new Uint8Array(960 * 1024).fill(7));
      const [empty, large] = await inbox.until(2);
      expect(empty?.payload).toHaveLength(0);
      expect(large?.payload).toHaveLength(960 * 1024);
    });

    it('keep the order in which one sender publishes', async () => {
      const subject = freshToken();
      const { inbox } = await inboxOf(subject);
      for (let n = 0; n < 500; n += 1) await bus().publish(subject, bytes(String(n)));
      const all = await inbox.until(500);
      expect(all.map((message) => Number(text(message.payload)))).toEqual(
        Array.from({ length: 500 }, (_, n) => n),
      );
    });

    it.each([
      { pattern: 'a.b', hits: ['a.b'] },
      { pattern: 'a.*', hits: ['a.b', 'a.c'] },
      { pattern: '*.b', hits: ['a.b', 'b.b'] },
      { pattern: 'a.>', hits: ['a.b', 'a.c', 'a.b.c'] },
      { pattern: '>', hits: ['a', 'a.b', 'a.c', 'b.b', 'a.b.c'] },
      { pattern: '*.*.*', hits: ['a.b.c'] },
    ])('match $pattern as NATS does', async ({ pattern, hits }) => {
      const root = freshToken();
      const { inbox } = await inboxOf(`${root}.${pattern}`);
      for (const subject of ['a', 'a.b', 'a.c', 'b.b', 'a.b.c']) {
        await bus().publish(`${root}.${subject}`, new Uint8Array());
      }
      // The last message that is sure to match tells that the others had their chance.
      const all = await inbox.until(hits.length);
      expect(all.map((message) => message.subject.slice(root.length + 1))).toEqual(hits);
    });

    it('take tokens made of any text', async () => {
      const root = freshToken();
      const names = ['web-1.eu.example', '*', '>', 'a b', 'ü/=', 'UPPER'];
      const { inbox } = await inboxOf(`${root}.*`);
      for (const name of names) await bus().publish(`${root}.${subjectToken(name)}`, bytes(name));
      const all = await inbox.until(names.length);
      expect(all.map((message) => text(message.payload))).toEqual(names);
      expect(new Set(all.map((message) => message.subject)).size).toBe(names.length);
    });

    it('deliver nothing after a subscription was stopped', async () => {
      const subject = freshToken();
      const stopped = await inboxOf(subject);
      const going = await inboxOf(subject);
      await stopped.subscription.stop();
      await bus().publish(subject, bytes('late'));
      await going.inbox.until(1);
      expect(stopped.inbox.all).toEqual([]);
    });

    it('go on after a handler that throws, and report it', async () => {
      const subject = freshToken();
      const inbox = new Inbox<BusMessage>();
      const subscription = bus().subscribe(subject, (message) => {
        if (text(message.payload) === 'bad') throw new Error('cannot handle this');
        return inbox.add(message);
      });
      await subscription.ready();
      await bus().publish(subject, bytes('bad'));
      await bus().publish(subject, bytes('good'));
      await inbox.until(1);
      expect(incidents).toContainEqual({
        kind: 'handler-failed',
        subject,
        error: new Error('cannot handle this'),
      });
    });

    it('drop what a slow handler has no room for, and report it', async () => {
      const [subject, release] = [freshToken(), Promise.withResolvers<undefined>()];
      const inbox = new Inbox<BusMessage>();
      const slow = bus().subscribe(
        subject,
        async (message) => {
          await inbox.add(message);
          await release.promise;
        },
        { maxQueued: 2 },
      );
      await slow.ready();
      const { inbox: witness } = await inboxOf(subject);
      await bus().publish(subject, bytes('1'));
      await inbox.until(1);
      for (const n of ['2', '3', '4', '5']) await bus().publish(subject, bytes(n));
      await witness.until(5);
      release.resolve(undefined);
      const all = await inbox.until(3);
      expect(all.map((message) => text(message.payload))).toEqual(['1', '2', '3']);
      const dropped = incidents.filter((i) => i.kind === 'message-dropped' && i.subject === subject);
      expect(dropped).toHaveLength(2);
    });

    it.each(['', 'a..b', 'a.*', 'a.>', 'a b', '.a', 'a.', 'ü', 'a\r\nPUB b'])(
      'refuse the subject %j',
      async (subject) => {
        const publish = bus().publish(subject, new Uint8Array());
        await expect(publish).rejects.toMatchObject({ code: 'SHOAL_BUS_INVALID' });
      },
    );

    it('refuse a payload beyond the bound, and headers that would break the wire', async () => {
      const publish = (payload: Uint8Array, headers = {}) => bus().publish('a', payload, { headers });
      await expect(publish(new Uint8Array(960 * 1024 + 1))).rejects.toMatchObject({
        code: 'SHOAL_BUS_PAYLOAD_TOO_LARGE',
      });
      for (const headers of [{ 'a:b': 'c' }, { a: 'b\r\nc: d' }, { '': 'x' }, { a: 'x'.repeat(20_000) }]) {
        await expect(publish(new Uint8Array(), headers)).rejects.toMatchObject({ code: 'SHOAL_BUS_INVALID' });
      }
    });
  });
}
