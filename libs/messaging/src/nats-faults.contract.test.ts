import { randomUUID } from 'node:crypto';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { Inbox, isAvailable, startNats, type TestNats } from '@shoal/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MessagingError } from './errors.ts';
import type { BusMessage, EventBus } from './event-bus.ts';
import type { BusIncident } from './incident.ts';
import { createNatsBus } from './nats/nats-bus.ts';
import type { DurableMessage, StreamSpec } from './stream.ts';

const MINUTE = 60_000;

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function text(message: BusMessage): string {
  return new TextDecoder().decode(message.payload);
}

describe.skipIf(!isAvailable('nats'))('a NATS bus whose server fails', () => {
  let server: TestNats;
  const buses: EventBus[] = [];
  beforeAll(async () => {
    server = await startNats();
  });
  afterEach(async () => {
    await Promise.all(buses.splice(0).map((bus) => bus.close()));
  });
  afterAll(() => server.stop());

  const open = (operationTimeoutMs: number, report: (incident: BusIncident) => void = () => undefined) => {
    const bus = createNatsBus({ report }, { servers: [server.url], name: 'faults', operationTimeoutMs });
    buses.push(bus);
    return bus;
  };
  const freshStream = (): StreamSpec => {
    const root = randomUUID();
    return {
      name: `TEST-${root}`,
      subjects: [`${root}.>`],
      maxAgeMs: 10 * MINUTE,
      maxBytes: 10_000_000,
      dedupeWindowMs: MINUTE,
    };
  };
  const subjectOf = (stream: StreamSpec) => stream.subjects[0]!.replace('>', 'a');

  it('fails typed and in time while there is none, and begins once there is', async () => {
    await server.kill();
    const failed = Promise.withResolvers<undefined>();
    const bus = open(300, (incident) => {
      if (incident.kind === 'connect-failed') failed.resolve(undefined);
    });
    const stream = freshStream();
    const [plain, durable] = [new Inbox<BusMessage>(), new Inbox<DurableMessage>()];
    const plainSubject = randomUUID();
    const subscription = bus.subscribe(plainSubject, plain.add);
    bus.consume({ stream, durable: 'reader' }, durable.add);
    const unavailable = { code: 'SHOAL_BUS_UNAVAILABLE' };
    await expect(bus.publish(plainSubject, bytes('x'))).rejects.toMatchObject(unavailable);
    await expect(bus.ensureStream(stream)).rejects.toMatchObject(unavailable);
    await expect(bus.bucket({ name: 'b', maxBytes: 10_000 }).get('a')).rejects.toMatchObject(unavailable);
    await expect(subscription.ready()).rejects.toMatchObject(unavailable);
    expect(bus.connected).toBe(false);
    await failed.promise;

    const connected = new Inbox<boolean>();
    bus.onConnectedChange((now) => void connected.add(now));
    await server.start();
    await connected.until(1);
    await subscription.ready();
    await bus.publish(plainSubject, bytes('plain'));
    await bus.ensureStream(stream);
    await bus.publishDurable(subjectOf(stream), bytes('durable'), { messageId: 'm' });
    expect(text((await plain.until(1))[0]!)).toBe('plain');
    expect(text((await durable.until(1))[0]!)).toBe('durable');
  });

  it('loses nothing durable when it is killed under publishers and consumers', async () => {
    const bus = open(2_000);
    const stream = freshStream();
    await bus.ensureStream(stream);
    const inbox = new Inbox<DurableMessage>();
    bus.consume({ stream, durable: 'reader', maxInFlight: 8 }, inbox.add);
    const changes: boolean[] = [];
    bus.onConnectedChange((connected) => changes.push(connected));

    const publish = async (n: number): Promise<void> => {
      for (;;) {
        try {
          await bus.publishDurable(subjectOf(stream), bytes(String(n)), { messageId: `m${n}` });
          return;
        } catch (error) {
          expect(error).toBeInstanceOf(MessagingError);
        }
      }
    };
    const publisher = async (first: number): Promise<void> => {
      for (let n = first; n < 400; n += 4) await publish(n);
    };
    const publishing = Promise.all([0, 1, 2, 3].map(publisher));
    await inbox.until(50);
    await server.kill();
    await server.start();
    await publishing;

    const all = await inbox.until((messages) => new Set(messages.map(text)).size === 400);
    const sequences = new Set(all.map((message) => message.sequence));
    expect(sequences.size).toBe(400);
    expect(changes).toEqual([false, true]);
  });

  it('keeps buckets and goes on with plain subscriptions after a restart', async () => {
    const bus = open(3_000);
    const bucket = bus.bucket({ name: `test-${randomUUID()}`, maxBytes: 10_000 });
    const revision = await bucket.put('a', bytes('kept'));
    const subject = randomUUID();
    const inbox = new Inbox<BusMessage>();
    const subscription = bus.subscribe(subject, inbox.add);
    await subscription.ready();
    const changes = new Inbox<boolean>();
    bus.onConnectedChange((now) => void changes.add(now));
    await server.kill();
    await server.start();
    await changes.until((all) => all.at(-1) === true);
    expect(await bucket.get('a')).toMatchObject({ value: bytes('kept'), revision });
    await subscription.ready();
    await bus.publish(subject, bytes('after'));
    await inbox.until(1);
  });

  it('makes stream, position and bucket again when the server lost them', async () => {
    const bus = open(3_000);
    const stream = freshStream();
    const bucketName = `test-${randomUUID()}`;
    const bucket = bus.bucket({ name: bucketName, maxBytes: 10_000 });
    await bucket.put('a', bytes('lost'));
    const inbox = new Inbox<DurableMessage>();
    bus.consume({ stream, durable: 'reader' }, inbox.add);
    await bus.ensureStream(stream);
    await bus.publishDurable(subjectOf(stream), bytes('before'), { messageId: 'm1' });
    await inbox.until(1);

    const admin = await connect({ servers: server.url });
    const manager = await jetstreamManager(admin);
    await manager.streams.delete(stream.name);
    await manager.streams.delete(`KV_${bucketName}`);
    await admin.close();

    await bus.ensureStream(stream);
    await bus.publishDurable(subjectOf(stream), bytes('after'), { messageId: 'm2' });
    expect((await inbox.until(2)).map(text)).toEqual(['before', 'after']);
    expect(await bucket.get('a')).toBeUndefined();
    await bucket.put('a', bytes('again'));
    expect((await bucket.get('a'))?.value).toEqual(bytes('again'));
  });

  it('closes in time while the server is away', async () => {
    const bus = open(3_000);
    const stream = freshStream();
    await bus.ensureStream(stream);
    bus.consume({ stream, durable: 'reader' }, () => Promise.resolve());
    await server.kill();
    const before = performance.now();
    await bus.close(500);
    expect(performance.now() - before).toBeLessThan(2_500);
    expect(bus.connected).toBe(false);
    await server.start();
  });
});
