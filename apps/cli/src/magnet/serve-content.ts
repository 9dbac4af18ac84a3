import { addStreamRoutes } from '@shoal/fleet';
import type { Metainfo, MetainfoFile } from '@shoal/protocol';
import { createHttpServer, createLogger, software, startTelemetry } from '@shoal/service';
import type { Torrent } from '@shoal/session';
import { STREAM_STOP_GRACE } from './constants.ts';

export interface ServeContentInit {
  /** host:port on loopback; port 0: any free one. */
  readonly listen: string;
  readonly metainfo: Metainfo;
  readonly isServed: (file: MetainfoFile) => boolean;
  /** How long a reader waits for what it asks for, in milliseconds. */
  readonly readTimeoutMs: number;
}

/** A server of the files of a torrent. */
export interface ContentServer {
  /** Of the list of files. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Serves the files of a torrent over HTTP while it is fetched, and later.
 * @throws ShoalError SHOAL_SERVICE_INSECURE_BINDING, SHOAL_SERVICE_LISTEN_FAILED
 */
export async function serveContent(
  torrent: Pick<Torrent, 'openReader'>,
  { listen, ...init }: ServeContentInit,
): Promise<ContentServer> {
  const service = 'shoal-fetch';
  // Clients that go away are no news, and standard output is for the command's own.
  const logger = createLogger({ service, level: 'error', destination: process.stderr });
  const telemetry = startTelemetry({ service, version: software().version, instance: String(process.pid) });
  const server = createHttpServer({ logger, telemetry }, { listen });
  addStreamRoutes({ server, torrent, telemetry }, init);
  try {
    const { endpoint } = await server.start();
    return {
      url: `http://${endpoint}/`,
      async stop() {
        await server.stop(STREAM_STOP_GRACE);
        await telemetry.shutdown();
      },
    };
  } catch (error) {
    await telemetry.shutdown();
    throw error;
  }
}
