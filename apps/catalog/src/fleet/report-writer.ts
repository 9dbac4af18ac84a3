import { type Database, rollouts, rolloutTargets } from '@shoal/database';
import { MAX_WAITING_REPORTS, REPORT_BATCH } from '../constants.ts';
import { CatalogError } from '../errors.ts';
import type { RolloutSignals } from '../rollouts/rollout-signals.ts';
import { isTransient } from '../transient.ts';

/** Writes the reports of hosts. */
export interface ReportWriter {
  /**
   * Resolves once the report is stored, or found to be old news.
   * @throws DatabaseError; CatalogError SHOAL_CATALOG_BUSY when too many wait
   */
  write(report: rolloutTargets.TargetReport): Promise<void>;
}

interface Waiting {
  readonly report: rolloutTargets.TargetReport;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Makes a writer that puts all reports that came while the last transaction ran into the next one: a rollout to a hundred
 * hosts makes three hundred reports within a second, and a transaction each would take longer than that.
 */
export function createReportWriter(components: {
  readonly database: Database;
  readonly signals: RolloutSignals;
}): ReportWriter {
  return new BatchingReportWriter(components.database, components.signals);
}

class BatchingReportWriter implements ReportWriter {
  readonly #database: Database;
  readonly #signals: RolloutSignals;
  readonly #waiting: Waiting[] = [];
  #running = false;

  constructor(database: Database, signals: RolloutSignals) {
    this.#database = database;
    this.#signals = signals;
  }

  write(report: rolloutTargets.TargetReport): Promise<void> {
    if (this.#waiting.length >= MAX_WAITING_REPORTS) return Promise.reject(busy());
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    this.#waiting.push({ report, resolve: () => resolve(undefined), reject });
    if (!this.#running) void this.#run();
    return promise;
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) await this.#writeBatch(this.#waiting.splice(0, REPORT_BATCH));
    this.#running = false;
  }

  /** Never rejects: what goes wrong is told to those who wait. */
  async #writeBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      const changed = await this.#store(batch.map(({ report }) => report));
      for (const { resolve } of batch) resolve();
      for (const rolloutId of changed) this.#signals.changed(rolloutId);
    } catch (error) {
      // One report that the database refuses must not take the others with it.
      if (batch.length > 1 && !isTransient(error)) for (const one of batch) await this.#writeBatch([one]);
      else for (const { reject } of batch) reject(error);
    }
  }

  /** Returns the rollouts that changed. */
  async #store(reports: readonly rolloutTargets.TargetReport[]): Promise<readonly string[]> {
    return this.#database.transaction(async (transaction) => {
      const targets = await rolloutTargets.report(transaction, reports);
      const changed = new Map(targets.map(({ rolloutId, namespace }) => [rolloutId, namespace]));
      // In one order everywhere, because settling locks.
      for (const [rolloutId, namespace] of [...changed].sort())
        await rollouts.settle(transaction, namespace, rolloutId);
      return [...changed.keys()];
    });
  }
}

function busy(): CatalogError {
  return new CatalogError('SHOAL_CATALOG_BUSY', `${MAX_WAITING_REPORTS} reports wait to be written`);
}
