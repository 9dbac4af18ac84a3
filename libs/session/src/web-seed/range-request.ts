import { type Agent, type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { checkAnswer, type FileRange } from './check-answer.ts';
import { WebSeedError } from './web-seed-error.ts';

/** What becomes of a request. Nothing is called after `onEnd`, `onError` or {@link RangeRequest.abort}. */
export interface RangeRequestEvents {
  /** The next bytes of the range; good until the handler returns. */
  onBytes(chunk: Uint8Array): void;
  /** All of the range has come. */
  onEnd(): void;
  onError(error: WebSeedError): void;
}

/**
 * One GET of a range of a file. It follows no redirects and waits for nothing by itself: whoever makes it looks at the
 * clock. The connection is kept when the answer ends where it should, and closed otherwise.
 */
export class RangeRequest {
  readonly #events: RangeRequestEvents;
  readonly #range: FileRange;
  readonly #request: ClientRequest;
  #response: IncomingMessage | undefined;
  /** Bytes of the answer before the range: of servers that know no ranges. */
  #skip = 0;
  #missing: number;
  #isPaused = false;
  #isOver = false;

  constructor(agent: Agent, url: URL, range: FileRange, events: RangeRequestEvents) {
    this.#events = events;
    this.#range = range;
    this.#missing = range.length;
    const last = range.offset + range.length - 1;
    const headers = { range: `bytes=${range.offset}-${last}`, 'accept-encoding': 'identity' };
    const request = url.protocol === 'https:' ? requestHttps : requestHttp;
    this.#request = request(url, { agent, headers });
    this.#request.on('response', (response) => this.#onResponse(response));
    // Also after the end: an error that nobody listens to would end the process.
    this.#request.on('error', (cause) => this.#break(cause));
    this.#request.end();
  }

  /** Wants nothing more. Idempotent. */
  abort(): void {
    this.#isOver = true;
    this.#request.destroy();
  }

  /** Stops and resumes the delivery of bytes. */
  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (isPaused) this.#response?.pause();
    else this.#response?.resume();
  }

  #onResponse(response: IncomingMessage): void {
    if (this.#isOver) return;
    this.#response = response;
    const answer = checkAnswer(response, this.#range);
    if (answer instanceof WebSeedError) {
      this.#fail(answer);
      return;
    }
    this.#skip = answer.skip;
    response.on('error', (cause) => this.#break(cause));
    response.on('data', (chunk: Uint8Array) => this.#onChunk(chunk));
    response.on('end', () => this.#onEnd());
    if (this.#isPaused) response.pause();
  }

  #onChunk(chunk: Uint8Array): void {
    if (this.#isOver) return;
    const start = Math.min(this.#skip, chunk.length);
    this.#skip -= start;
    const bytes = chunk.subarray(start, start + this.#missing);
    this.#missing -= bytes.length;
    if (bytes.length > 0) this.#events.onBytes(bytes);
  }

  #onEnd(): void {
    if (this.#isOver) return;
    if (this.#missing > 0) {
      this.#break(new Error('the answer is too short'));
      return;
    }
    // The HTTP client takes the connection back a moment later; a request made before that opens another one.
    setImmediate(() => {
      if (this.#isOver) return;
      this.#isOver = true;
      this.#events.onEnd();
    });
  }

  #break(cause: Error): void {
    this.#fail(new WebSeedError('SHOAL_WEB_SEED_UNREACHABLE', cause.message, { cause }));
  }

  #fail(error: WebSeedError): void {
    if (this.#isOver) return;
    this.abort();
    this.#events.onError(error);
  }
}
