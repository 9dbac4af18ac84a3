import type { Telemetry } from '@shoal/service';

/** What is counted of files that are served while they come. */
export interface StreamMetrics {
  /** So many bytes were read to be sent. */
  read(bytes: number): void;
}

/** Registers the metrics of stream servers. */
export function createStreamMetrics({ meter }: Pick<Telemetry, 'meter'>): StreamMetrics {
  const bytes = meter.createCounter('shoal_stream_bytes', {
    description: 'Bytes of files that were read to be sent over HTTP while they are fetched, or later',
  });
  bytes.add(0);
  return { read: (count) => bytes.add(count) };
}
