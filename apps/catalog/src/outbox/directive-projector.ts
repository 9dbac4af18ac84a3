import { randomUUID } from 'node:crypto';
import { directives, leases } from '@shoal/database';
import { type Bucket, DIRECTIVES_BUCKET } from '@shoal/messaging';
import { BackgroundLoop, type Service } from '@shoal/service';
import type { CatalogComponents } from '../components.ts';
import { BUS_CONCURRENCY, PROJECTION_INTERVAL_MS, PROJECTION_PAGE } from '../constants.ts';
import { createWakeup } from '../wakeup.ts';
import { inParallel } from './in-parallel.ts';
import { projectedRevision, putDirectives, readDirectives } from './project-directives.ts';

/** Name of the lease of the catalog that does the passes. */
const LEASE = 'directive-projector';

/**
 * Rewrites the keys of the directives bucket that are missing or stale: at the start, whenever the bus is back, and every
 * few minutes. So the bucket can be lost at any time. One catalog at a time does it.
 */
export function createDirectiveProjector(components: CatalogComponents): Service {
  return new DirectiveProjector(components);
}

class DirectiveProjector implements Service {
  readonly #components: CatalogComponents;
  readonly #holder = randomUUID();
  readonly #wakeup = createWakeup();
  readonly #loop: BackgroundLoop;
  #unlisten: () => void = () => undefined;

  constructor(components: CatalogComponents) {
    this.#components = components;
    this.#loop = new BackgroundLoop((signal) => this.#round(signal));
  }

  start(): Promise<void> {
    const { bus } = this.#components;
    this.#unlisten = bus.onConnectedChange((connected) => {
      if (connected) this.#wakeup.wake();
    });
    this.#loop.start();
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#unlisten();
    await this.#loop.stop();
  }

  async #round(signal: AbortSignal): Promise<void> {
    const { bus, logger } = this.#components;
    try {
      if (bus.connected) await this.#passUnderLease();
    } catch (error) {
      logger.warn({ err: error }, 'the directives bucket could not be checked; trying again later');
    }
    await this.#wakeup.wait(PROJECTION_INTERVAL_MS, signal);
  }

  async #passUnderLease(): Promise<void> {
    const { database, logger } = this.#components;
    const lease = await leases.acquire(database.db, LEASE, this.#holder, PROJECTION_INTERVAL_MS);
    if (lease === undefined) return;
    try {
      const written = await this.#pass();
      if (written > 0) logger.info({ written }, 'rewrote stale keys of the directives bucket');
    } finally {
      await leases.release(database.db, lease);
    }
  }

  /** Goes through all hosts that have directives; returns how many keys it wrote. */
  async #pass(): Promise<number> {
    const { database, bus } = this.#components;
    const bucket = bus.bucket(DIRECTIVES_BUCKET);
    let written = 0;
    let last: directives.DirectedHost | undefined;
    while (!this.#loop.signal.aborted) {
      const page = await directives.directedHosts(database.db, last, PROJECTION_PAGE);
      written += await this.#rewriteStale(bucket, page);
      last = page.at(-1);
      if (page.length < PROJECTION_PAGE) break;
    }
    return written;
  }

  async #rewriteStale(bucket: Bucket, page: readonly directives.DirectedHost[]): Promise<number> {
    const stale: directives.DirectedHost[] = [];
    await inParallel(page, BUS_CONCURRENCY, async (host) => {
      const shown = await projectedRevision(bucket, host);
      if (shown === undefined || shown < host.revision) stale.push(host);
    });
    const directivesOf = await readDirectives(this.#components.database.db, stale);
    await inParallel(stale, BUS_CONCURRENCY, (host) => putDirectives(bucket, host, directivesOf(host)));
    return stale.length;
  }
}
