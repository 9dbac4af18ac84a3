import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers one request for `content`, whose path is known. */
export type Answer = (request: IncomingMessage, response: ServerResponse, content: Buffer) => void;

/** A real HTTP server with the files of a torrent, for tests. */
export class TestOrigin {
  /** Paths that were asked for, decoded, with the range. */
  readonly requests: string[] = [];
  readonly #server: Server;
  #connections = 0;

  private constructor(files: ReadonlyMap<string, Buffer>, answer: Answer) {
    this.#server = createServer((request, response) => {
      const path = decodeURIComponent(request.url ?? '');
      this.requests.push(`${path} ${request.headers.range ?? ''}`);
      const content = files.get(path);
      if (content === undefined) response.writeHead(404).end();
      else answer(request, response, content);
    });
    this.#server.on('connection', () => (this.#connections += 1));
  }

  /** @param files by path, as "/name/path" */
  static async start(files: ReadonlyMap<string, Buffer>, answer: Answer = sendRange): Promise<TestOrigin> {
    const origin = new TestOrigin(files, answer);
    origin.#server.listen(0, '127.0.0.1');
    await once(origin.#server, 'listening');
    return origin;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** Connections that were ever made. */
  get connections(): number {
    return this.#connections;
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

/** The range that is asked for, as a good server sends it. */
export function sendRange(request: IncomingMessage, response: ServerResponse, content: Buffer): void {
  const [, first = '0', last = ''] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  const part = content.subarray(Number(first), Number(last) + 1);
  const range = `bytes ${first}-${last}/${content.length}`;
  response.writeHead(206, { 'content-range': range, 'content-length': part.length }).end(part);
}

/** All of the file, as a server that knows no ranges sends it. */
export function sendAll(_request: IncomingMessage, response: ServerResponse, content: Buffer): void {
  response.writeHead(200, { 'content-length': content.length }).end(content);
}
