import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';

/** A request as a handler sees it. */
export interface HttpRequest {
  readonly method: string;
  /** Path without the query, still percent-encoded. */
  readonly path: string;
  /** What follows `?`, still percent-encoded, or ''. */
  readonly query: string;
  /** The `:name` segments of the route's pattern, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  /** Address of the peer of the connection; IPv4 ones without the `::ffff:` in front. */
  readonly remoteAddress: string;
  /**
   * Reads the whole body.
   * @throws ShoalError `SHOAL_HTTP_BODY_TOO_LARGE` beyond `limit` bytes (1 MiB unless given).
   */
  body(limit?: number): Promise<Buffer>;
}

/** What a handler answers. */
export interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | Readable;
}

export type HttpHandler = (request: HttpRequest) => HttpResponse | Promise<HttpResponse>;

/** A JSON answer. */
export function json(status: number, value: unknown): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: `${JSON.stringify(value)}\n`,
  };
}

/** A plain text answer. */
export function text(status: number, body: string): HttpResponse {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}
