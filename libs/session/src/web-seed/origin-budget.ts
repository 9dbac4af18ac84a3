import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { getCACertificates } from 'node:tls';
import { MAX_ORIGIN_CONNECTIONS } from './constants.ts';

/** What a session may take of origins at the same time: a number of connections, kept open between requests. */
export class OriginBudget {
  readonly #http = new HttpAgent({ keepAlive: true, maxFreeSockets: MAX_ORIGIN_CONNECTIONS });
  readonly #https: HttpsAgent;
  #taken = 0;

  /** @param authorities certificates, PEM, that HTTPS servers may be signed by beside the well-known ones */
  constructor(authorities: readonly string[] = []) {
    const trusted = authorities.length === 0 ? {} : { ca: [...getCACertificates('default'), ...authorities] };
    this.#https = new HttpsAgent({ keepAlive: true, maxFreeSockets: MAX_ORIGIN_CONNECTIONS, ...trusted });
  }

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
