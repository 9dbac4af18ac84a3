import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { MAX_ORIGIN_CONNECTIONS } from './constants.ts';

/** What a session may take of origins at the same time: a number of connections, kept open between requests. */
export class OriginBudget {
  readonly #http = new HttpAgent({ keepAlive: true, maxFreeSockets: MAX_ORIGIN_CONNECTIONS });
  readonly #https = new HttpsAgent({ keepAlive: true, maxFreeSockets: MAX_ORIGIN_CONNECTIONS });
  #taken = 0;

  /** Takes a connection. Returns whether there was one. */
  take(): boolean {
    if (this.#taken >= MAX_ORIGIN_CONNECTIONS) return false;
    this.#taken += 1;
    return true;
  }

  /** Gives back what was taken. */
  giveBack(): void {
    this.#taken -= 1;
  }

  agentFor(url: URL): HttpAgent {
    return url.protocol === 'https:' ? this.#https : this.#http;
  }

  /** Closes the connections that are kept. */
  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}
