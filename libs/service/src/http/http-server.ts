import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { formatEndpoint, parseEndpoint } from '../endpoint.ts';
import { toShoalError } from '../errors/to-shoal-error.ts';
import { listenFailed } from '../errors/listen-failed.ts';
import { withDeadline } from '../lifecycle/deadline.ts';
import type { Logger } from '../logging/logger.ts';
import { DURATION_BUCKETS } from '../telemetry/buckets.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { assertSafeBinding } from '../tls/safe-binding.ts';
import type { Tls } from '../tls/tls-files.ts';
import * as limits from './constants.ts';
import { errorResponse } from './error-response.ts';
import { type HttpHandler, type HttpResponse, text } from './http-message.ts';
import { assertLoopback, namesLoopback } from './loopback-only.ts';
import { answerReadiness, type ReadinessCheck } from './readiness.ts';
import { createRequest } from './request.ts';
import { Router } from './router.ts';

export interface HttpServerInit {
  /** `host:port`; port 0: any free one. */
  readonly listen: string;
  /** Probes, Prometheus and stock clients have no certificates, so clients are asked for none, whatever `ca` says. */
  readonly tls?: Tls | undefined;
  /** Allows listening off loopback without TLS. */
  readonly insecure?: boolean;
  /**
   * For what asks nobody who they are: listens on loopback alone, and answers 421 to requests whose Host header names
   * something else. @default false
   */
  readonly loopbackOnly?: boolean;
}

/** An HTTP server with `/healthz`, `/readyz` and `/metrics`, and limits on everything a client can send. */
export interface HttpServer {
  /** Adds a route; see {@link Router}. Handlers may raise typed errors, which become JSON answers. */
  route(method: string, pattern: string, handler: HttpHandler): void;
  /** Adds a check to `/readyz`. */
  addReadiness(name: string, check: ReadinessCheck): void;
  /**
   * Listens and answers where, with the port the system chose.
   * @throws ShoalError `SHOAL_SERVICE_INSECURE_BINDING`, `SHOAL_SERVICE_NOT_LOOPBACK`, `SHOAL_SERVICE_LISTEN_FAILED`
   */
  start(): Promise<{ readonly endpoint: string }>;
  /** Takes no new requests, gives those in progress `graceMs` milliseconds, then closes their connections. */
  stop(graceMs: number): Promise<void>;
}

/** Makes an HTTP server. */
export function createHttpServer(
  { logger, telemetry }: { readonly logger: Logger; readonly telemetry: Telemetry },
  { listen, tls, insecure = false, loopbackOnly = false }: HttpServerInit,
): HttpServer {
  const router = new Router();
  const checks = new Map<string, ReadinessCheck>();
  router.add('GET', '/healthz', () => text(200, 'ok\n'));
  router.add('GET', '/readyz', () => answerReadiness(checks));
  router.add('GET', '/metrics', async () => text(200, await telemetry.metricsText()));
  const duration = telemetry.meter.createHistogram('http.server.request.duration', {
    description: 'Duration of HTTP requests.',
    unit: 's',
    advice: { explicitBucketBoundaries: DURATION_BUCKETS },
  });
  const server = createLimitedServer((request, response) => void answer(request, response), tls);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedAt = performance.now();
    const { method = 'GET', url = '/' } = request;
    const queryAt = url.indexOf('?');
    const path = queryAt < 0 ? url : url.slice(0, queryAt);
    const route = router.find(method, path);
    const result = await handle();
    await send(request, response, result);
    duration.record((performance.now() - startedAt) / 1_000, {
      'http.request.method': method,
      'http.response.status_code': result.status,
      'http.route': typeof route === 'object' ? route.pattern : 'none',
    });

    async function handle(): Promise<HttpResponse> {
      if (loopbackOnly && !namesLoopback(request.headers.host)) return text(421, 'not a name of this host\n');
      if (route === undefined) return text(404, 'not found\n');
      if (route === 'method') return text(405, 'method not allowed\n');
      const query = queryAt < 0 ? '' : url.slice(queryAt + 1);
      try {
        return await route.handler(createRequest(request, { method, path, query, params: route.params }));
      } catch (error) {
        return errorResponse(toShoalError(error, logger));
      }
    }
  }

  async function send(
    request: IncomingMessage,
    response: ServerResponse,
    result: HttpResponse,
  ): Promise<void> {
    const { status, headers = {}, body = '' } = result;
    const bodiless = request.method === 'HEAD';
    if (body instanceof Readable) {
      response.writeHead(status, headers);
      if (bodiless) {
        body.destroy();
        response.end();
        return;
      }
      // The status is out already: a failure now can only break the connection off.
      await pipeline(body, response).catch((error: unknown) =>
        logger.debug({ err: error }, 'answer broken off'),
      );
      return;
    }
    // Of an answer to HEAD, or with 304, it may say what the body of another would have (RFC 9110, 8.6).
    const length = status === 304 ? {} : { 'content-length': Buffer.byteLength(body) };
    response.writeHead(status, { ...length, ...headers });
    response.end(bodiless ? undefined : body);
  }

  return {
    route: (method, pattern, handler) => router.add(method, pattern, handler),
    addReadiness: (name, check) => void checks.set(name, check),
    async start() {
      const endpoint = parseEndpoint(listen);
      if (endpoint === undefined || 'path' in endpoint) throw listenFailed(listen, 'not host:port');
      if (loopbackOnly) assertLoopback(endpoint);
      assertSafeBinding(endpoint, tls, { insecure, logger });
      await listenOn(server, endpoint.host, endpoint.port).catch((error: unknown) => {
        throw listenFailed(listen, error);
      });
      const { port } = server.address() as AddressInfo;
      return { endpoint: formatEndpoint({ host: endpoint.host, port }) };
    },
    async stop(graceMs) {
      if (!server.listening) return;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await withDeadline(closed, graceMs, () => server.closeAllConnections());
    },
  };
}

function createLimitedServer(listener: RequestListener, tls: Tls | undefined): Server {
  const options = {
    maxHeaderSize: limits.MAX_HEADER_BYTES,
    headersTimeout: limits.HEADERS_TIMEOUT_MS,
    requestTimeout: limits.REQUEST_TIMEOUT_MS,
    keepAliveTimeout: limits.KEEP_ALIVE_MS,
  };
  const server =
    tls?.identity === undefined
      ? createServer(options, listener)
      : createTlsServer({ ...options, ...tls.identity }, listener);
  server.maxHeadersCount = limits.MAX_HEADERS;
  server.maxConnections = limits.MAX_CONNECTIONS;
  server.timeout = limits.IDLE_TIMEOUT_MS;
  return server;
}

function listenOn(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
