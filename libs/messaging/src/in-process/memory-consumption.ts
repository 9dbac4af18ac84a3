import { backoffAfter, handle, type DeliveryRules } from '../delivery.ts';
import type { BusComponents } from '../incident.ts';
import type { Consumption, DurableHandler } from '../stream.ts';
import type { DurablePosition, MemoryStream, StoredMessage } from './memory-stream.ts';

/** What a {@link MemoryConsumption} is made of. */
export interface MemoryConsumptionInit {
  readonly stream: MemoryStream;
  readonly rules: DeliveryRules;
  readonly handler: DurableHandler;
}

/** Hands a stream's messages to a handler, a bounded number at a time, and those that failed again later. */
export class MemoryConsumption implements Consumption {
  readonly #report: BusComponents['report'];
  readonly #stream: MemoryStream;
  readonly #rules: DeliveryRules;
  readonly #handler: DurableHandler;
  readonly #position: DurablePosition;
  readonly #running = new Set<Promise<void>>();
  readonly #unlisten: () => void;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(components: BusComponents, init: MemoryConsumptionInit) {
    this.#report = components.report;
    this.#stream = init.stream;
    this.#rules = init.rules;
    this.#handler = init.handler;
    this.#position = init.stream.position(init.rules.durable);
    this.#unlisten = init.stream.onWake(() => this.#fill());
    this.#fill();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unlisten();
    clearTimeout(this.#timer);
    await Promise.all(this.#running);
    // What failed here comes again at others of the same name.
    this.#stream.wake();
  }

  /** Starts handlers until as many run as may, or nothing is due. */
  #fill(): void {
    while (!this.#stopped && this.#running.size < this.#rules.maxInFlight) {
      const delivery = this.#dueRetry() ?? this.#next();
      if (delivery === undefined) break;
      const run = this.#deliver(delivery.message, delivery.deliveries).finally(() => {
        this.#running.delete(run);
        this.#fill();
      });
      this.#running.add(run);
    }
    this.#armTimer();
  }

  async #deliver(message: StoredMessage, deliveries: number): Promise<void> {
    const { subject, payload, headers, sequence } = message;
    try {
      await handle(this.#rules, this.#handler, { subject, payload, headers, sequence, deliveries });
    } catch (error) {
      const dueAt = Date.now() + backoffAfter(this.#rules, deliveries);
      this.#position.retries.set(sequence, { deliveries, dueAt });
      this.#report({ kind: 'handler-failed', subject, error });
    }
  }

  #next(): { message: StoredMessage; deliveries: number } | undefined {
    const message = this.#stream.firstFrom(this.#position.next, this.#rules.filter);
    if (message === undefined) return undefined;
    this.#position.next = message.sequence + 1;
    return { message, deliveries: 1 };
  }

  #dueRetry(): { message: StoredMessage; deliveries: number } | undefined {
    const now = Date.now();
    for (const [sequence, retry] of this.#position.retries) {
      if (retry.dueAt > now) continue;
      this.#position.retries.delete(sequence);
      const message = this.#stream.at(sequence);
      if (message !== undefined) return { message, deliveries: retry.deliveries + 1 };
    }
    return undefined;
  }

  /** Wakes up for the retry that is due first. */
  #armTimer(): void {
    clearTimeout(this.#timer);
    if (this.#stopped || this.#position.retries.size === 0) return;
    const first = Math.min(...[...this.#position.retries.values()].map((retry) => retry.dueAt));
    this.#timer = setTimeout(() => this.#fill(), Math.max(0, first - Date.now()));
  }
}
