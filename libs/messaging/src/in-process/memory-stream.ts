import type { BusMessage } from '../event-bus.ts';
import { matches } from '../message-rules.ts';
import type { PublishedMessage, StreamSpec } from '../stream.ts';

/** A message as a stream keeps it. */
export interface StoredMessage extends BusMessage {
  readonly sequence: number;
  readonly storedAt: number;
}

/** A message that failed, and when it comes again. */
export interface Retry {
  readonly deliveries: number;
  readonly dueAt: number;
}

/** Where the consumptions of one durable name stand. Outlives them. */
export interface DurablePosition {
  /** Sequence of the next message that was not handed out yet. */
  next: number;
  /** Messages that failed, by sequence. */
  readonly retries: Map<number, Retry>;
}

/** A stream in memory: bounded by age and bytes, with message ids remembered for the dedupe window. */
export class MemoryStream {
  readonly #messages: StoredMessage[] = [];
  readonly #ids = new Map<string, { readonly sequence: number; readonly at: number }>();
  readonly #positions = new Map<string, DurablePosition>();
  readonly #listeners = new Set<() => void>();
  #bytes = 0;
  #lastSequence = 0;
  spec: StreamSpec;

  constructor(spec: StreamSpec) {
    this.spec = spec;
  }

  /** Whether the stream stores messages of this subject. */
  holds(subject: string): boolean {
    return this.spec.subjects.some((pattern) => matches(pattern, subject));
  }

  append(message: BusMessage, messageId: string): PublishedMessage {
    const now = Date.now();
    this.#expire(now);
    const known = this.#ids.get(messageId);
    if (known !== undefined) return { sequence: known.sequence, duplicate: true };
    this.#lastSequence += 1;
    const sequence = this.#lastSequence;
    this.#messages.push({ ...message, sequence, storedAt: now });
    this.#bytes += message.payload.byteLength;
    this.#ids.set(messageId, { sequence, at: now });
    while (this.#bytes > this.spec.maxBytes) this.#dropOldest();
    this.wake();
    return { sequence, duplicate: false };
  }

  /** Makes every consumption look whether there is something to do. */
  wake(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Calls the listener after each message and each {@link wake}. Returns the function that ends that. */
  onWake(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  position(durable: string): DurablePosition {
    const known = this.#positions.get(durable);
    if (known !== undefined) return known;
    const position: DurablePosition = { next: 1, retries: new Map() };
    this.#positions.set(durable, position);
    return position;
  }

  /** The message of a sequence, or undefined once it is gone. */
  at(sequence: number): StoredMessage | undefined {
    return this.#messages[sequence - (this.#messages[0]?.sequence ?? 0)];
  }

  /** The first message from `sequence` on that matches `filter`. */
  firstFrom(sequence: number, filter: string): StoredMessage | undefined {
    this.#expire(Date.now());
    const first = this.#messages[0]?.sequence ?? 0;
    for (let index = Math.max(0, sequence - first); index < this.#messages.length; index += 1) {
      const message = this.#messages[index];
      if (message !== undefined && matches(filter, message.subject)) return message;
    }
    return undefined;
  }

  #expire(now: number): void {
    while (this.#messages[0] !== undefined && this.#messages[0].storedAt <= now - this.spec.maxAgeMs)
      this.#dropOldest();
    // A Map goes through its entries in the order they were added: the oldest ids come first.
    for (const [id, { at }] of this.#ids) {
      if (at > now - this.spec.dedupeWindowMs) break;
      this.#ids.delete(id);
    }
  }

  #dropOldest(): void {
    this.#bytes -= this.#messages.shift()?.payload.byteLength ?? 0;
  }
}
