import { randomUUID } from 'node:crypto';
import type { Counter } from '@opentelemetry/api';
import { outbox, type OutboxRow } from '@shoal/database';
import { BackgroundLoop, backoffMs, type Service } from '@shoal/service';
import type { CatalogComponents } from '../components.ts';
import {
  BUS_CONCURRENCY,
  EVENTS_STREAM,
  OUTBOX_BACKOFF,
  OUTBOX_BATCH,
  OUTBOX_CLAIM_MS,
  OUTBOX_POLL_MS,
} from '../constants.ts';
import { createWakeup } from '../wakeup.ts';
import { inParallel } from './in-parallel.ts';
import { preparePublish, type PublishMessage } from './publish-messages.ts';

/** Publishes what transactions wrote to the outbox. Any number of catalogs may run one on the same database. */
export interface OutboxWorker extends Service {
  /** Looks now: there may be something new. */
  wake(): void;
}

/** Makes the worker of this catalog. */
export function createOutboxWorker(components: CatalogComponents): OutboxWorker {
  return new PollingOutboxWorker(components);
}

class PollingOutboxWorker implements OutboxWorker {
  readonly #components: CatalogComponents;
  readonly #failed: Counter;
  readonly #id = randomUUID();
  readonly #wakeup = createWakeup();
  readonly #loop: BackgroundLoop;
  #unlisten: () => void = () => undefined;
  #streamReady = false;
  #failures = 0;

  constructor(components: CatalogComponents) {
    this.#components = components;
    this.#loop = new BackgroundLoop(async (signal) => {
      const waitMs = await this.#step();
      if (waitMs > 0) await this.#wakeup.wait(waitMs, signal);
    });
    this.#failed = components.telemetry.meter.createCounter('shoal.catalog.outbox.failures', {
      description: 'Tries to publish a message that failed; each is tried again.',
    });
    this.#failed.add(0);
  }

  start(): Promise<void> {
    this.#unlisten = this.#components.bus.onConnectedChange(() => this.#wakeup.wake());
    this.#loop.start();
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#unlisten();
    await this.#loop.stop();
  }

  wake(): void {
    this.#wakeup.wake();
  }

  /** Publishes one batch; returns the milliseconds until the next look. */
  async #step(): Promise<number> {
    const { database, bus, logger } = this.#components;
    // Messages keep in the database until the bus is back, whose return wakes this worker.
    if (!bus.connected) return OUTBOX_POLL_MS;
    try {
      await this.#ensureStream();
      const rows = await outbox.claim(database.db, this.#id, OUTBOX_BATCH, OUTBOX_CLAIM_MS);
      if (rows.length > 0) await this.#publish(rows);
      this.#failures = 0;
      return rows.length > 0 ? 0 : OUTBOX_POLL_MS;
    } catch (error) {
      this.#failures += 1;
      if (this.#failures === 1) logger.warn({ err: error }, 'the outbox cannot be worked on; trying again');
      return backoffMs(this.#failures, { ...OUTBOX_BACKOFF, random: Math.random });
    }
  }

  /** Publishes to a stream fail until somebody has made it. */
  async #ensureStream(): Promise<void> {
    if (this.#streamReady) return;
    await this.#components.bus.ensureStream(EVENTS_STREAM);
    this.#streamReady = true;
  }

  async #publish(rows: readonly OutboxRow[]): Promise<void> {
    const { db } = this.#components.database;
    const publish = await preparePublish(this.#components, rows);
    const published: bigint[] = [];
    await inParallel(rows, BUS_CONCURRENCY, async (row) => {
      if (await this.#tryPublish(publish, row)) published.push(row.id);
    });
    if (published.length > 0) await outbox.complete(db, this.#id, published);
  }

  async #tryPublish(publish: PublishMessage, row: OutboxRow): Promise<boolean> {
    const { database, logger } = this.#components;
    try {
      await publish(row);
      return true;
    } catch (error) {
      const { id, topic, attempts, messageId } = row;
      this.#failed.add(1, { topic });
      if (attempts === 1)
        logger.warn({ err: error, topic, messageId }, 'a message was not published; trying again');
      // The server may have lost the stream.
      this.#streamReady = false;
      const delayMs = backoffMs(attempts, { ...OUTBOX_BACKOFF, random: Math.random });
      await outbox.retryLater(database.db, this.#id, id, delayMs);
      return false;
    }
  }
}
