import type { Bucket, BucketSpec } from './bucket.ts';
import type { Consumption, ConsumptionSpec, DurableHandler, PublishedMessage, StreamSpec } from './stream.ts';

/**
 * Metadata that travels beside a payload: names of visible ASCII without ':' and values without line breaks.
 * W3C trace context (`traceparent`, `tracestate`) is injected by the caller; the bus does not look at it.
 */
export type MessageHeaders = Readonly<Record<string, string>>;

/** A message as a handler gets it. */
export interface BusMessage {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly headers: MessageHeaders;
}

/** Handles one plain message. What it throws is reported as an incident; the message is not delivered again. */
export type MessageHandler = (message: BusMessage) => void | Promise<void>;

/** Options of {@link EventBus.publish}. */
export interface PublishOptions {
  readonly headers?: MessageHeaders;
}

/** Options of {@link EventBus.publishDurable}. */
export interface DurablePublishOptions extends PublishOptions {
  /** Names the message: a second one of the same id within the stream's dedupe window is not stored again. */
  readonly messageId: string;
}

/** Options of {@link EventBus.subscribe}. */
export interface SubscribeOptions {
  /** Messages that wait for the handler, at most; the ones beyond are dropped and reported. Default 1024. */
  readonly maxQueued?: number;
}

/** A running plain subscription. */
export interface Subscription {
  /**
   * Resolves once the bus delivers to this subscription.
   * @throws MessagingError SHOAL_BUS_UNAVAILABLE when that takes longer than the bus's deadline.
   */
  ready(): Promise<void>;
  /** Takes no more messages, and resolves when the handler is done with the one it has. */
  stop(): Promise<void>;
}

/**
 * The bus between services: plain subjects (at most once), durable streams (at least once) and key-value buckets
 * (last value, compare-and-set). Every operation ends within the bus's deadline. While the server is away, operations
 * fail with SHOAL_BUS_UNAVAILABLE; subscriptions and consumptions stay and go on when it is back.
 *
 * Subjects are tokens joined by dots. A subscription's may hold `*` (one token) and end in `>` (one token or more).
 * Tokens that come from outside go through `subjectToken`, bucket keys through `bucketKey`.
 */
export interface EventBus {
  /** Whether the server answers; always true in process, until the bus is closed. */
  readonly connected: boolean;
  /** Calls the listener at each change of {@link connected}. Returns the function that ends that. */
  onConnectedChange(listener: (connected: boolean) => void): () => void;

  /**
   * Hands a message to whoever is subscribed now. Nobody may be, and it can be lost with a connection.
   * @throws MessagingError SHOAL_BUS_UNAVAILABLE, SHOAL_BUS_PAYLOAD_TOO_LARGE, SHOAL_BUS_INVALID.
   */
  publish(subject: string, payload: Uint8Array, options?: PublishOptions): Promise<void>;
  /**
   * Calls the handler with each message of the subject, one at a time, in order.
   * @throws MessagingError SHOAL_BUS_INVALID for a malformed subject.
   */
  subscribe(subject: string, handler: MessageHandler, options?: SubscribeOptions): Subscription;

  /**
   * Creates the stream, or brings an existing one's bounds in line.
   * @throws MessagingError SHOAL_BUS_UNAVAILABLE, SHOAL_BUS_CONFLICT when its subjects belong to another stream.
   */
  ensureStream(spec: StreamSpec): Promise<void>;
  /**
   * Stores a message; resolves when it is on disk (in process: in memory).
   * @throws MessagingError SHOAL_BUS_UNAVAILABLE (stored or not is unknown: publish again under the same id),
   * SHOAL_BUS_NO_STREAM, SHOAL_BUS_FULL, SHOAL_BUS_PAYLOAD_TOO_LARGE, SHOAL_BUS_INVALID.
   */
  publishDurable(
    subject: string,
    payload: Uint8Array,
    options: DurablePublishOptions,
  ): Promise<PublishedMessage>;
  /**
   * Delivers the stream's messages to the handler at least once, from the first stored one on, and goes on where the
   * durable name stopped before. The stream is created when it is missing, also after the server lost it.
   */
  consume(spec: ConsumptionSpec, handler: DurableHandler): Consumption;

  /** A key-value bucket; it is created at first use. */
  bucket(spec: BucketSpec): Bucket;

  /**
   * Stops every subscription and consumption, waits for running handlers and unsent messages for at most `deadlineMs`
   * (default 5000), then closes. Idempotent.
   */
  close(deadlineMs?: number): Promise<void>;
}
