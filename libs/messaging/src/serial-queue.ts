import type { BusMessage, MessageHandler } from './event-bus.ts';
import type { BusComponents } from './incident.ts';

/** Hands messages to the handler of a plain subscription: one at a time, in order, a bounded number waiting. */
export class SerialQueue {
  readonly #report: BusComponents['report'];
  readonly #handler: MessageHandler;
  readonly #maxQueued: number;
  readonly #waiting: BusMessage[] = [];
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(components: BusComponents, handler: MessageHandler, maxQueued: number) {
    this.#report = components.report;
    this.#handler = handler;
    this.#maxQueued = maxQueued;
  }

  /** Takes a message; one too many is dropped and reported. */
  push(message: BusMessage): void {
    if (this.#stopped) return;
    if (this.#waiting.length >= this.#maxQueued) {
      this.#report({ kind: 'message-dropped', subject: message.subject });
      return;
    }
    this.#waiting.push(message);
    this.#running ??= this.#run();
  }

  /** Drops what waits, and resolves when the handler is done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting.length = 0;
    await this.#running;
  }

  async #run(): Promise<void> {
    // Not in the publisher's own turn: a handler must not run inside publish().
    await Promise.resolve();
    for (let message = this.#waiting.shift(); message !== undefined; message = this.#waiting.shift()) {
      try {
        await this.#handler(message);
      } catch (error) {
        this.#report({ kind: 'handler-failed', subject: message.subject, error });
      }
    }
    this.#running = undefined;
  }
}
