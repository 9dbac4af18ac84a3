import { jetstream, type ConsumerMessages, type JsMsg } from '@nats-io/jetstream';
import { PULL_EXPIRES_MS, WORKING_INTERVAL_MS } from '../constants.ts';
import { backoffAfter, handle, type DeliveryRules } from '../delivery.ts';
import type { BusComponents } from '../incident.ts';
import type { Consumption, DurableHandler } from '../stream.ts';
import { fromNatsBytes, fromNatsHeaders } from './nats-message.ts';
import { pause, type NatsLink } from './nats-link.ts';
import { ensureNatsConsumer, ensureNatsStream, managerOf } from './nats-stream.ts';

/** What a {@link NatsConsumption} is made of. */
export interface NatsConsumptionInit {
  readonly link: NatsLink;
  readonly rules: DeliveryRules;
  readonly handler: DurableHandler;
}

/**
 * Pulls a stream's messages for a handler. The server keeps the position and bounds what is in flight; stream and
 * position are made again when the server lost them.
 */
export class NatsConsumption implements Consumption {
  readonly #report: BusComponents['report'];
  readonly #link: NatsLink;
  readonly #rules: DeliveryRules;
  readonly #handler: DurableHandler;
  readonly #running = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  readonly #loop: Promise<void>;
  #messages: ConsumerMessages | undefined;

  constructor(components: BusComponents, init: NatsConsumptionInit) {
    this.#report = components.report;
    this.#link = init.link;
    this.#rules = init.rules;
    this.#handler = init.handler;
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#messages?.stop();
    await this.#loop;
    await Promise.all(this.#running);
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#pull();
      } catch (error) {
        this.#report({ kind: 'detached', subject: this.#rules.filter, error });
      }
      await pause(this.#stopping.signal);
    }
  }

  /** Takes messages until the server no longer knows the consumption, or it is stopped. */
  async #pull(): Promise<void> {
    const connection = await this.#link.ready();
    const manager = await managerOf(connection, this.#link.timeoutMs);
    await ensureNatsStream(manager, this.#rules.stream);
    await ensureNatsConsumer(manager, this.#rules);
    const { stream, durable, maxInFlight } = this.#rules;
    const consumer = await jetstream(connection, { timeout: this.#link.timeoutMs }).consumers.get(
      stream.name,
      durable,
    );
    this.#messages = await consumer.consume({
      max_messages: maxInFlight,
      expires: PULL_EXPIRES_MS,
      abort_on_missing_resource: true,
    });
    if (this.#stopping.signal.aborted) this.#messages.stop();
    // No more than `maxInFlight` come before one is acknowledged: the server keeps that bound.
    for await (const message of this.#messages) {
      const run = this.#deliver(message).finally(() => this.#running.delete(run));
      this.#running.add(run);
    }
  }

  async #deliver(message: JsMsg): Promise<void> {
    const deliveries = message.info.deliveryCount;
    const working = setInterval(() => message.working(), WORKING_INTERVAL_MS);
    try {
      await handle(this.#rules, this.#handler, {
        subject: message.subject,
        payload: fromNatsBytes(message.data),
        headers: fromNatsHeaders(message.headers),
        sequence: message.seq,
        deliveries,
      });
      message.ack();
    } catch (error) {
      message.nak(backoffAfter(this.#rules, deliveries));
      this.#report({ kind: 'handler-failed', subject: message.subject, error });
    } finally {
      clearInterval(working);
    }
  }
}
