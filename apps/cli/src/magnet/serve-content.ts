import {
  createStreamMetrics,
  startStreamServer,
  type StreamedContent,
  type StreamServerInit,
} from '@shoal/fleet';
import { createLogger, software, startTelemetry } from '@shoal/service';

/**
 * Serves the files of a torrent from this command; `stack` ends it.
 * @returns the URL of their list
 * @throws ShoalError SHOAL_SERVICE_NOT_LOOPBACK, SHOAL_SERVICE_LISTEN_FAILED
 */
export async function serveContent(
  content: StreamedContent,
  init: StreamServerInit,
  stack: AsyncDisposableStack,
): Promise<string> {
  const service = 'shoal-fetch';
  // Clients that go away are no news, and standard output is for the command's own.
  const logger = createLogger({ service, level: 'error', destination: process.stderr });
  const telemetry = startTelemetry({ service, version: software().version, instance: String(process.pid) });
  stack.defer(() => telemetry.shutdown());
  const metrics = createStreamMetrics(telemetry);
  const server = await startStreamServer({ content, logger, telemetry, metrics }, init);
  stack.defer(() => server.stop());
  return server.url;
}
