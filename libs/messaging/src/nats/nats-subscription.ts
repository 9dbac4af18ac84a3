import type { NatsConnection, Subscription as CoreSubscription } from '@nats-io/transport-node';
import { withDeadline } from '../deadline.ts';
import type { MessageHandler, Subscription } from '../event-bus.ts';
import type { BusComponents } from '../incident.ts';
import { SerialQueue } from '../serial-queue.ts';
import { toMessagingError } from './nats-errors.ts';
import { fromNatsBytes, fromNatsHeaders } from './nats-message.ts';
import type { Attachable, NatsLink } from './nats-link.ts';

/** What a {@link NatsSubscription} is made of. */
export interface NatsSubscriptionInit {
  readonly link: NatsLink;
  readonly subject: string;
  readonly handler: MessageHandler;
  readonly maxQueued: number;
}

/** A plain subscription that is made anew on each new connection. */
export class NatsSubscription implements Subscription, Attachable {
  readonly #components: BusComponents;
  readonly #link: NatsLink;
  readonly #subject: string;
  readonly #queue: SerialQueue;
  #core: CoreSubscription | undefined;

  constructor(components: BusComponents, init: NatsSubscriptionInit) {
    this.#components = components;
    this.#link = init.link;
    this.#subject = init.subject;
    this.#queue = new SerialQueue(components, init.handler, init.maxQueued);
    this.#link.add(this);
  }

  attach(connection: NatsConnection): void {
    this.#core = connection.subscribe(this.#subject, {
      callback: (error, message) => {
        if (error !== null) {
          this.#components.report({ kind: 'detached', subject: this.#subject, error });
          return;
        }
        this.#queue.push({
          subject: message.subject,
          payload: fromNatsBytes(message.data),
          headers: fromNatsHeaders(message.headers),
        });
      },
    });
  }

  async ready(): Promise<void> {
    const connection = await this.#link.ready();
    const what = `subscribing to ${this.#subject}`;
    try {
      // The server answers in order: once it has answered this ping it has taken the subscription.
      await withDeadline(connection.flush(), this.#link.timeoutMs, what);
    } catch (error) {
      throw toMessagingError(error, what);
    }
  }

  async stop(): Promise<void> {
    this.#link.remove(this);
    if (this.#core?.isClosed() === false) this.#core.unsubscribe();
    await this.#queue.stop();
  }
}
