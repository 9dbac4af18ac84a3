import { SpanKind } from '@opentelemetry/api';
import { HostReport } from '@shoal/contracts';
import type { Consumption, DurableMessage } from '@shoal/messaging';
import { withSpan } from '@shoal/service';
import type { CatalogComponents } from '../components.ts';
import { REPORT_BATCH, REPORTS_CONSUMER, REPORTS_STREAM } from '../constants.ts';
import { isTransient } from '../transient.ts';
import { readReport } from './read-report.ts';
import type { ReportWriter } from './report-writer.ts';

/** Takes the reports of hosts from the bus. A message that can never be stored is dropped, loudly. */
export function consumeReports(
  { bus, telemetry, logger }: Pick<CatalogComponents, 'bus' | 'telemetry' | 'logger'>,
  writer: ReportWriter,
): Consumption {
  const dropped = telemetry.meter.createCounter('shoal.catalog.reports.dropped', {
    description: 'Reports of hosts that could not be stored, now or ever.',
  });
  dropped.add(0);

  async function handle({ subject, payload, headers }: DurableMessage): Promise<void> {
    const parent = telemetry.contextOf(headers);
    const init = { kind: SpanKind.CONSUMER, parent, attributes: { 'messaging.destination.name': subject } };
    try {
      await withSpan(telemetry, 'report', init, () => writer.write(readReport(HostReport.decode(payload))));
    } catch (error) {
      if (isTransient(error)) throw error;
      dropped.add(1);
      logger.error({ err: error, subject, bytes: payload.length }, 'dropped a report that cannot be stored');
    }
  }

  return bus.consume(
    { stream: REPORTS_STREAM, durable: REPORTS_CONSUMER, maxInFlight: REPORT_BATCH },
    handle,
  );
}
