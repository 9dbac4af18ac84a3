import { createHttpServer, type Logger, type Telemetry } from '@shoal/service';
import { STREAM_STOP_GRACE } from './constants.ts';
import type { StreamMetrics } from './stream-metrics.ts';
import { addStreamRoutes, type StreamRoutesInit } from './stream-routes.ts';
import type { StreamedContent } from './streamed-content.ts';

/** Collaborators of {@link startStreamServer}. */
export interface StreamServerComponents {
  readonly content: StreamedContent;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly metrics: StreamMetrics;
}

export interface StreamServerInit extends StreamRoutesInit {
  /** host:port on loopback; port 0: any free one. */
  readonly listen: string;
}

/** A server of the files of one torrent. */
export interface StreamServer {
  /** Of the list of files. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Serves the files of a torrent over HTTP on loopback, while it is fetched and later.
 * @throws ShoalError SHOAL_SERVICE_NOT_LOOPBACK, SHOAL_SERVICE_LISTEN_FAILED
 */
export async function startStreamServer(
  { content, metrics, ...components }: StreamServerComponents,
  { listen, ...init }: StreamServerInit,
): Promise<StreamServer> {
  const server = createHttpServer(components, { listen, loopbackOnly: true });
  addStreamRoutes({ server, content, metrics }, init);
  const { endpoint } = await server.start();
  return { url: `http://${endpoint}/`, stop: () => server.stop(STREAM_STOP_GRACE) };
}
