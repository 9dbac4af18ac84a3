import type { BusMessage } from './event-bus.ts';

/** What a stream keeps, and how long. */
export interface StreamSpec {
  /** Letters, digits, '-' and '_'. */
  readonly name: string;
  /** Subjects it stores, wildcards allowed; no other stream may hold them. */
  readonly subjects: readonly string[];
  /** Milliseconds a message is kept. */
  readonly maxAgeMs: number;
  /** Bytes kept in all; beyond them the oldest messages go. */
  readonly maxBytes: number;
  /** Milliseconds in which a message id is stored once only; at most `maxAgeMs`. */
  readonly dedupeWindowMs: number;
}

/** A consumption: a named position in a stream. */
export interface ConsumptionSpec {
  readonly stream: StreamSpec;
  /** Letters, digits, '-' and '_'. Consumptions of the same name share the messages. */
  readonly durable: string;
  /** Only subjects that match; default: all of the stream. */
  readonly filter?: string;
  /** Messages handled at the same time, at most. Default 64. */
  readonly maxInFlight?: number;
  /** Milliseconds a handler may take; after them it counts as having thrown. Default 30,000. */
  readonly handlerTimeoutMs?: number;
  /** Milliseconds before a message whose handler threw comes again: doubled each time, up to the second. Default 250, 30,000. */
  readonly backoffMs?: { readonly first: number; readonly most: number };
}

/** A stored message. */
export interface DurableMessage extends BusMessage {
  /** Its place in the stream. */
  readonly sequence: number;
  /** 1 at the first delivery. */
  readonly deliveries: number;
}

/** Handles one stored message: it is done with when this resolves, and comes again after a back-off when it throws. */
export type DurableHandler = (message: DurableMessage) => Promise<void>;

/** A running consumption. */
export interface Consumption {
  /** Takes no more messages, and resolves when the running handlers are done. The position is kept. */
  stop(): Promise<void>;
}

/** What became of a durable publish. */
export interface PublishedMessage {
  readonly sequence: number;
  /** True when a message of the same id was there already. */
  readonly duplicate: boolean;
}
