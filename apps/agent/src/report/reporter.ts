import { type FleetServiceClient, HostReport } from '@shoal/contracts';
import { createStateFile, pause, type StateFile, type UnitRandom } from '@shoal/fleet';
import { type EventBus, reportSubject } from '@shoal/messaging';
import { backoffMs, type Clock, type Logger, type Telemetry, withSpan } from '@shoal/service';
import { REPORT_BACKOFF } from '../constants.ts';
import type { AgentMetrics } from '../metrics.ts';
import { inOrder, reportMessageId, sameTransition } from './host-reports.ts';

/** Collaborators of a {@link Reporter}. */
export interface ReporterComponents {
  /** Without one, reports go to the catalog directly. */
  readonly bus: EventBus | undefined;
  readonly fleet: Pick<FleetServiceClient, 'report'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: AgentMetrics;
  readonly random: UnitRandom;
  readonly telemetry: Telemetry;
}

/**
 * Delivers the last transition of each artifact name at least once: kept in a file until the bus, or else the catalog, has
 * taken it. A transition that is overtaken while it waits is not sent: the later one says more.
 */
export interface Reporter {
  /**
   * Resolves once the transition is durable here, or cannot be: a full disk is among what must be reported. Delivery goes on
   * in the background. Repeats are dropped.
   */
  report(report: HostReport): Promise<void>;
  /** Takes up what an earlier run could not deliver. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

interface Entry {
  readonly report: HostReport;
  readonly delivered: boolean;
}

/** The form of an entry in the file: the report as base64 of its protobuf. */
interface StoredEntry {
  readonly report: string;
  readonly delivered: boolean;
}

/** Makes a reporter whose file is at `path`. */
export function createReporter(
  components: ReporterComponents,
  { path }: { readonly path: string },
): Reporter {
  return new PersistentReporter(components, createStateFile(path));
}

class PersistentReporter implements Reporter {
  readonly #components: ReporterComponents;
  readonly #file: StateFile<readonly StoredEntry[]>;
  /** By artifact name. */
  readonly #entries = new Map<string, Entry>();
  /** By artifact name: its delivery, while there is one. */
  readonly #deliveries = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();

  constructor(components: ReporterComponents, file: StateFile<readonly StoredEntry[]>) {
    this.#components = components;
    this.#file = file;
  }

  async start(): Promise<void> {
    for (const { report, delivered } of parseEntries(await this.#file.read())) {
      this.#entries.set(report.name, { report, delivered });
      if (!delivered) this.#deliver(report.name);
    }
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#deliveries.values());
  }

  async report(report: HostReport): Promise<void> {
    const last = this.#entries.get(report.name);
    if (last !== undefined && sameTransition(last.report, report)) return;
    this.#entries.set(report.name, { report: inOrder(report, last?.report), delivered: false });
    await this.#save();
    this.#deliver(report.name);
  }

  #deliver(name: string): void {
    if (this.#deliveries.has(name) || this.#stop.signal.aborted) return;
    const delivery = this.#deliverAll(name).finally(() => this.#deliveries.delete(name));
    this.#deliveries.set(name, delivery);
  }

  /** Sends what is last for the name until that has been taken. */
  async #deliverAll(name: string): Promise<void> {
    const { clock, logger, random } = this.#components;
    const { signal } = this.#stop;
    let failures = 0;
    for (let entry = this.#entries.get(name); entry?.delivered === false; entry = this.#entries.get(name)) {
      if (signal.aborted) return;
      try {
        await this.#send(entry.report, signal);
        failures = 0;
        if (this.#entries.get(name) === entry) this.#entries.set(name, { ...entry, delivered: true });
        await this.#save();
      } catch (error) {
        failures += 1;
        if (failures === 1) logger.warn({ err: error, name }, 'could not deliver a report; trying again');
        await pause(clock, backoffMs(failures, { ...REPORT_BACKOFF, random }), signal);
      }
    }
  }

  async #send(report: HostReport, signal: AbortSignal): Promise<void> {
    const { telemetry } = this.#components;
    const parent = telemetry.contextOf({ traceparent: report.traceparent });
    await withSpan(telemetry, 'report', { parent, attributes: { 'shoal.name': report.name } }, async () => {
      if (await this.#sendByBus(report)) return;
      this.#components.metrics.fallback('report');
      await this.#components.fleet.report({ report }, { signal });
    });
  }

  /** Whether the bus took the report. */
  async #sendByBus(report: HostReport): Promise<boolean> {
    const { bus, logger, telemetry } = this.#components;
    if (bus?.connected !== true) return false;
    try {
      const subject = reportSubject(report.namespace, report.hostId);
      const payload = HostReport.encode(report).finish();
      const messageId = reportMessageId(report);
      await bus.publishDurable(subject, payload, { messageId, headers: telemetry.inject() });
      return true;
    } catch (error) {
      logger.debug(
        { err: error, name: report.name },
        'the bus did not take a report; the catalog gets it directly',
      );
      return false;
    }
  }

  async #save(): Promise<void> {
    const stored = [...this.#entries.values()].map(({ report, delivered }) => ({
      report: Buffer.from(HostReport.encode(report).finish()).toString('base64'),
      delivered,
    }));
    try {
      await this.#file.write(stored);
    } catch (error) {
      this.#components.logger.warn(
        { err: error },
        'could not keep the reports; delivering them all the same',
      );
    }
  }
}

function parseEntries(value: unknown): Entry[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: Partial<StoredEntry> | null) => {
    if (typeof item?.report !== 'string') return [];
    try {
      const report = HostReport.decode(Buffer.from(item.report, 'base64'));
      return [{ report, delivered: item.delivered === true }];
    } catch {
      return [];
    }
  });
}
