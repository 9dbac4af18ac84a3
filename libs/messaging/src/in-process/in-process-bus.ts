import type { Bucket, BucketSpec } from '../bucket.ts';
import { DEFAULT_CLOSE_DEADLINE_MS, DEFAULT_MAX_QUEUED } from '../constants.ts';
import { settled } from '../deadline.ts';
import { checkStream, deliveryRules } from '../delivery.ts';
import { MessagingError } from '../errors.ts';
import type {
  BusMessage,
  DurablePublishOptions,
  EventBus,
  MessageHandler,
  PublishOptions,
  SubscribeOptions,
  Subscription,
} from '../event-bus.ts';
import type { BusComponents } from '../incident.ts';
import { checkMessage, checkName, checkPattern, checkSubject, matches } from '../message-rules.ts';
import { SerialQueue } from '../serial-queue.ts';
import type {
  Consumption,
  ConsumptionSpec,
  DurableHandler,
  PublishedMessage,
  StreamSpec,
} from '../stream.ts';
import { MemoryBucket } from './memory-bucket.ts';
import { MemoryConsumption } from './memory-consumption.ts';
import { MemoryStream } from './memory-stream.ts';

/**
 * A bus within one process, for the embedded platform: the semantics of the port, in memory. What it holds is gone when the
 * process ends; the database it serves is the source of everything on it.
 */
export function createInProcessBus(components: BusComponents): EventBus {
  return new InProcessBus(components);
}

class InProcessBus implements EventBus {
  readonly #components: BusComponents;
  readonly #queues = new Map<SerialQueue, string>();
  readonly #streams = new Map<string, MemoryStream>();
  readonly #consumptions = new Set<Consumption>();
  readonly #buckets = new Map<string, MemoryBucket>();
  readonly #listeners = new Set<(connected: boolean) => void>();
  #closed: Promise<void> | undefined;

  constructor(components: BusComponents) {
    this.#components = components;
  }

  get connected(): boolean {
    return this.#closed === undefined;
  }

  onConnectedChange(listener: (connected: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async publish(subject: string, payload: Uint8Array, options: PublishOptions = {}): Promise<void> {
    await this.#begin(subject, payload, options);
    this.#hand({ subject, payload: payload.slice(), headers: options.headers ?? {} });
  }

  subscribe(subject: string, handler: MessageHandler, options: SubscribeOptions = {}): Subscription {
    this.#assertOpen();
    checkPattern(subject);
    const queue = new SerialQueue(this.#components, handler, options.maxQueued ?? DEFAULT_MAX_QUEUED);
    this.#queues.set(queue, subject);
    return {
      ready: () => Promise.resolve(),
      stop: () => {
        this.#queues.delete(queue);
        return queue.stop();
      },
    };
  }

  async ensureStream(spec: StreamSpec): Promise<void> {
    await Promise.resolve();
    this.#assertOpen();
    checkStream(spec);
    this.#stream(spec).spec = spec;
  }

  async publishDurable(
    subject: string,
    payload: Uint8Array,
    options: DurablePublishOptions,
  ): Promise<PublishedMessage> {
    await this.#begin(subject, payload, options);
    const stream = [...this.#streams.values()].find((candidate) => candidate.holds(subject));
    if (stream === undefined) {
      throw new MessagingError('SHOAL_BUS_NO_STREAM', `no stream stores the subject ${subject}`);
    }
    const message = { subject, payload: payload.slice(), headers: options.headers ?? {} };
    const published = stream.append(message, options.messageId);
    // As on NATS: whoever is subscribed to the subject hears of it too.
    this.#hand(message);
    return published;
  }

  consume(spec: ConsumptionSpec, handler: DurableHandler): Consumption {
    this.#assertOpen();
    const rules = deliveryRules(spec);
    const consumption = new MemoryConsumption(this.#components, {
      stream: this.#stream(spec.stream),
      rules,
      handler,
    });
    this.#consumptions.add(consumption);
    return {
      stop: () => {
        this.#consumptions.delete(consumption);
        return consumption.stop();
      },
    };
  }

  bucket(spec: BucketSpec): Bucket {
    checkName(spec.name);
    const known = this.#buckets.get(spec.name);
    if (known !== undefined) return known;
    const bucket = new MemoryBucket(spec, () => this.#assertOpen());
    this.#buckets.set(spec.name, bucket);
    return bucket;
  }

  close(deadlineMs = DEFAULT_CLOSE_DEADLINE_MS): Promise<void> {
    this.#closed ??= settled(
      Promise.all([...this.#queues.keys(), ...this.#consumptions].map((running) => running.stop())),
      deadlineMs,
    ).then(() => this.#listeners.forEach((listener) => listener(false)));
    return this.#closed;
  }

  /** Every check is a rejection of the caller's promise, as it is over a network. */
  async #begin(subject: string, payload: Uint8Array, options: PublishOptions): Promise<void> {
    await Promise.resolve();
    this.#assertOpen();
    checkSubject(subject);
    checkMessage(payload, options.headers);
  }

  #assertOpen(): void {
    if (this.#closed !== undefined) throw new MessagingError('SHOAL_BUS_CLOSED', 'the bus is closed');
  }

  #hand(message: BusMessage): void {
    for (const [queue, pattern] of this.#queues) if (matches(pattern, message.subject)) queue.push(message);
  }

  #stream(spec: StreamSpec): MemoryStream {
    const known = this.#streams.get(spec.name);
    if (known !== undefined) return known;
    for (const other of this.#streams.values()) {
      const shared = spec.subjects.find((subject) =>
        other.spec.subjects.some((held) => overlap(subject, held)),
      );
      if (shared !== undefined) {
        throw new MessagingError(
          'SHOAL_BUS_CONFLICT',
          `subject ${shared} belongs to stream ${other.spec.name}`,
        );
      }
    }
    const stream = new MemoryStream(spec);
    this.#streams.set(spec.name, stream);
    return stream;
  }
}

/** Whether some subject matches both patterns. */
function overlap(a: string, b: string): boolean {
  const [left, right] = [a.split('.'), b.split('.')];
  for (let index = 0; ; index += 1) {
    const [l, r] = [left[index], right[index]];
    if (l === undefined || r === undefined) return l === r;
    if (l === '>' || r === '>') return true;
    if (l !== '*' && r !== '*' && l !== r) return false;
  }
}
