import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  encodeAnnounceResponse,
  encodeScrapeResponse,
  encodeTrackerFailure,
  parseAnnounceQuery,
  parseScrapeQuery,
  type TrackerPeer,
  TrackerWireError,
} from '@shoal/protocol';

/** How long it is waited for an announce, in milliseconds. */
const ANNOUNCE_DEADLINE_MS = 20_000;

/** A tracker for one test or benchmark: remembers who announced what, and hands out everybody else. */
export interface TestTracker {
  /** Announce URL. */
  readonly url: string;
  /** Resolves when a peer has announced itself in a role. */
  announced(role: 'seeder' | 'leecher'): Promise<void>;
  stop(): Promise<void>;
}

interface SwarmMember extends TrackerPeer {
  readonly left: number;
}

/**
 * Starts a tracker that speaks HTTP as BEP 3, 23 and 48 say.
 * @param host address to listen at
 */
export async function startTracker(host: string): Promise<TestTracker> {
  const swarms = new Map<string, Map<string, SwarmMember>>();
  const announcements = new EventEmitter();
  const seen = new Set<string>();

  const membersOf = (infoHash: Uint8Array): Map<string, SwarmMember> => {
    const key = Buffer.from(infoHash).toString('hex');
    const members = swarms.get(key) ?? new Map<string, SwarmMember>();
    swarms.set(key, members);
    return members;
  };

  const announce = (rawQuery: string, peerHost: string): Uint8Array => {
    const request = parseAnnounceQuery(rawQuery);
    const { peerId, port, left } = request;
    const members = membersOf(request.infoHash);
    const self = Buffer.from(peerId).toString('latin1');
    const peers = [...members].filter(([id]) => id !== self).map(([, member]) => member);
    if (request.event === 'stopped') members.delete(self);
    else members.set(self, { host: peerHost, port, peerId, left });
    const role = left === 0 ? 'seeder' : 'leecher';
    seen.add(role);
    announcements.emit(role);
    return encodeAnnounceResponse({ interval: 30, peers }, request);
  };

  const scrape = (rawQuery: string): Uint8Array =>
    encodeScrapeResponse(
      parseScrapeQuery(rawQuery).map((infoHash) => {
        const members = [...membersOf(infoHash).values()];
        const complete = members.filter(({ left }) => left === 0).length;
        return { infoHash, complete, incomplete: members.length - complete, downloaded: 0 };
      }),
    );

  const server = createServer((request, response) => {
    const [path = '', query = ''] = request.url?.split('?') ?? [];
    const peerHost = request.socket.remoteAddress ?? host;
    try {
      response.end(path === '/scrape' ? scrape(query) : announce(query, peerHost));
    } catch (error) {
      if (!(error instanceof TrackerWireError)) throw error;
      response.end(encodeTrackerFailure(error.message));
    }
  });
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://${host}:${port}/announce`,
    async announced(role) {
      if (seen.has(role)) return;
      await once(announcements, role, { signal: AbortSignal.timeout(ANNOUNCE_DEADLINE_MS) });
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
