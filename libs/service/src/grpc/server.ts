import { ServerCredentials } from '@grpc/grpc-js';
import { ShoalError } from '@shoal/contracts';
import { createServer, type ServiceImplementation, type TsProtoServiceDefinition } from 'nice-grpc';
import { type Endpoint, formatEndpoint, parseEndpoint } from '../endpoint.ts';
import { listenFailed } from '../errors/listen-failed.ts';
import { withDeadline } from '../lifecycle/deadline.ts';
import type { Logger } from '../logging/logger.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { assertSafeBinding } from '../tls/safe-binding.ts';
import type { Tls } from '../tls/tls-files.ts';
import {
  DEFAULT_MAX_MESSAGE_BYTES,
  KEEPALIVE_MS,
  KEEPALIVE_TIMEOUT_MS,
  MAX_CONCURRENT_STREAMS,
} from './constants.ts';
import { createHealth } from './health.ts';
import { type RequestContext, reportServerCalls, traceServerCalls } from './server-middleware.ts';
import { widenReceiveWindows } from './receive-window.ts';
import { protectSocket, removeStaleSocket } from './unix-socket.ts';

export interface GrpcServerInit {
  /** `host:port` (port 0: any free one) or `unix:/path`, which only this user can use then. */
  readonly listen: string;
  /** With `ca`, clients must show a certificate signed by it. */
  readonly tls?: Tls | undefined;
  /** Allows listening off loopback without TLS. */
  readonly insecure?: boolean;
  /** Largest message either way, in bytes; 4 MiB unless given. */
  readonly maxMessageBytes?: number;
}

/** A gRPC server with traces, metrics, access log, typed errors and the standard health service. */
export interface GrpcServer {
  /** Adds a service. Only before `start`. */
  add<Definition extends TsProtoServiceDefinition>(
    definition: Definition,
    implementation: ServiceImplementation<Definition, RequestContext>,
  ): void;
  /**
   * Listens and answers where, with the port the system chose. The health service says that all services serve from then on.
   * @throws ShoalError `SHOAL_SERVICE_INSECURE_BINDING`, `SHOAL_SERVICE_LISTEN_FAILED`
   */
  start(): Promise<{ readonly endpoint: string }>;
  /** Takes no new calls, gives those in progress `graceMs` milliseconds, then cancels them. */
  stop(graceMs: number): Promise<void>;
}

/** Makes a gRPC server. */
export function createGrpcServer(
  { logger, telemetry }: { readonly logger: Logger; readonly telemetry: Telemetry },
  { listen, tls, insecure = false, maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES }: GrpcServerInit,
): GrpcServer {
  const health = createHealth();
  const server = createServer({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    'grpc.max_concurrent_streams': MAX_CONCURRENT_STREAMS,
    'grpc.keepalive_time_ms': KEEPALIVE_MS,
    'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
  })
    .use(traceServerCalls(telemetry))
    .use(reportServerCalls(logger, telemetry));
  server.add(health.definition, health.implementation);
  // The empty name is the server as a whole.
  const names = [''];
  let endWindows = (): void => undefined;

  return {
    add(definition, implementation) {
      server.add(definition, implementation);
      names.push(definition.fullName);
    },
    async start() {
      const endpoint = parseEndpoint(listen);
      if (endpoint === undefined) throw listenFailed(listen, 'not host:port or unix:/path');
      assertSafeBinding(endpoint, tls, { insecure, logger });
      try {
        if ('path' in endpoint) await removeStaleSocket(endpoint.path);
        const port = await server.listen(listen, credentials(tls));
        endWindows = widenReceiveWindows(port);
        if ('path' in endpoint) await protectSocket(endpoint.path);
        health.open(names);
        return { endpoint: formatEndpoint(bound(endpoint, port)) };
      } catch (error) {
        throw error instanceof ShoalError ? error : listenFailed(listen, error);
      }
    },
    async stop(graceMs) {
      endWindows();
      health.close();
      await withDeadline(server.shutdown(), graceMs, () => server.forceShutdown());
    },
  };
}

function bound(endpoint: Endpoint, port: number): Endpoint {
  return 'path' in endpoint ? endpoint : { host: endpoint.host, port };
}

function credentials(tls: Tls | undefined): ServerCredentials {
  if (tls?.identity === undefined) return ServerCredentials.createInsecure();
  const { cert, key } = tls.identity;
  return ServerCredentials.createSsl(
    tls.ca ?? null,
    [{ cert_chain: cert, private_key: key }],
    tls.ca !== undefined,
  );
}
