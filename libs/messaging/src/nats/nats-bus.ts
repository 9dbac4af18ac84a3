import { jetstream } from '@nats-io/jetstream';
import type { Bucket, BucketSpec } from '../bucket.ts';
import { DEFAULT_CLOSE_DEADLINE_MS, DEFAULT_MAX_QUEUED, DEFAULT_OPERATION_TIMEOUT_MS } from '../constants.ts';
import { settled } from '../deadline.ts';
import { checkStream, deliveryRules } from '../delivery.ts';
import type {
  DurablePublishOptions,
  EventBus,
  MessageHandler,
  PublishOptions,
  SubscribeOptions,
  Subscription,
} from '../event-bus.ts';
import type { BusComponents } from '../incident.ts';
import { checkMessage, checkName, checkPattern, checkSubject } from '../message-rules.ts';
import type {
  Consumption,
  ConsumptionSpec,
  DurableHandler,
  PublishedMessage,
  StreamSpec,
} from '../stream.ts';
import { NatsBucket } from './nats-bucket.ts';
import { NatsConsumption } from './nats-consumption.ts';
import { toMessagingError } from './nats-errors.ts';
import { toNatsHeaders } from './nats-message.ts';
import { NatsLink, type NatsTls } from './nats-link.ts';
import { ensureNatsStream, managerOf } from './nats-stream.ts';
import { NatsSubscription } from './nats-subscription.ts';

/** Options of {@link createNatsBus}. */
export interface NatsOptions {
  /** `nats://host:port`, or `tls://`; of a cluster one is enough. */
  readonly servers: readonly string[];
  /** Shown in the server's list of connections. */
  readonly name: string;
  readonly tls?: NatsTls;
  readonly credentials?: { readonly user: string; readonly password: string };
  /** Milliseconds an operation may take, connecting included. Default 5000. */
  readonly operationTimeoutMs?: number;
}

/**
 * A bus over nats-server with JetStream, 2.9 or newer. Returns at once and connects in the background, for as long as it
 * takes; `connected` tells.
 */
export function createNatsBus(components: BusComponents, options: NatsOptions): EventBus {
  return new NatsBus(components, options);
}

class NatsBus implements EventBus {
  readonly #components: BusComponents;
  readonly #link: NatsLink;
  readonly #running = new Set<{ stop(): Promise<void> }>();
  #closed: Promise<void> | undefined;

  constructor(components: BusComponents, options: NatsOptions) {
    this.#components = components;
    this.#link = new NatsLink(components, {
      servers: options.servers,
      name: options.name,
      tls: options.tls,
      credentials: options.credentials,
      timeoutMs: options.operationTimeoutMs ?? DEFAULT_OPERATION_TIMEOUT_MS,
    });
  }

  get connected(): boolean {
    return this.#link.connected;
  }

  onConnectedChange(listener: (connected: boolean) => void): () => void {
    return this.#link.onConnectedChange(listener);
  }

  async publish(subject: string, payload: Uint8Array, options: PublishOptions = {}): Promise<void> {
    checkSubject(subject);
    checkMessage(payload, options.headers);
    // Nothing to wait for: a message that may be lost is not worth holding its sender up.
    await Promise.resolve();
    const connection = this.#link.current();
    const headers = toNatsHeaders(options.headers);
    try {
      connection.publish(subject, payload, headers === undefined ? {} : { headers });
    } catch (error) {
      throw toMessagingError(error, `publishing to ${subject}`);
    }
  }

  subscribe(subject: string, handler: MessageHandler, options: SubscribeOptions = {}): Subscription {
    this.#link.assertOpen();
    checkPattern(subject);
    const subscription = new NatsSubscription(this.#components, {
      link: this.#link,
      subject,
      handler,
      maxQueued: options.maxQueued ?? DEFAULT_MAX_QUEUED,
    });
    return { ready: () => subscription.ready(), stop: this.#stopperOf(subscription) };
  }

  async ensureStream(spec: StreamSpec): Promise<void> {
    checkStream(spec);
    const connection = await this.#link.ready();
    await ensureNatsStream(await managerOf(connection, this.#link.timeoutMs), spec);
  }

  async publishDurable(
    subject: string,
    payload: Uint8Array,
    options: DurablePublishOptions,
  ): Promise<PublishedMessage> {
    checkSubject(subject);
    checkMessage(payload, options.headers);
    const connection = await this.#link.ready();
    const headers = toNatsHeaders(options.headers);
    try {
      const stored = await jetstream(connection, { timeout: this.#link.timeoutMs }).publish(
        subject,
        payload,
        {
          msgID: options.messageId,
          timeout: this.#link.timeoutMs,
          ...(headers === undefined ? {} : { headers }),
        },
      );
      return { sequence: stored.seq, duplicate: stored.duplicate };
    } catch (error) {
      throw toMessagingError(error, `publishing to ${subject}`);
    }
  }

  consume(spec: ConsumptionSpec, handler: DurableHandler): Consumption {
    this.#link.assertOpen();
    const rules = deliveryRules(spec);
    const consumption = new NatsConsumption(this.#components, { link: this.#link, rules, handler });
    return { stop: this.#stopperOf(consumption) };
  }

  bucket(spec: BucketSpec): Bucket {
    checkName(spec.name);
    return new NatsBucket(this.#link, spec);
  }

  close(deadlineMs = DEFAULT_CLOSE_DEADLINE_MS): Promise<void> {
    this.#closed ??= this.#close(deadlineMs);
    return this.#closed;
  }

  async #close(deadlineMs: number): Promise<void> {
    const end = Date.now() + deadlineMs;
    await settled(Promise.all([...this.#running].map((running) => running.stop())), deadlineMs);
    await this.#link.close(Math.max(0, end - Date.now()));
  }

  #stopperOf(running: { stop(): Promise<void> }): () => Promise<void> {
    this.#running.add(running);
    return () => {
      this.#running.delete(running);
      return running.stop();
    };
  }
}
