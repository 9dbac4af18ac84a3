import { MemberRole } from '@shoal/contracts';
import {
  type AnnounceRequest,
  encodeAnnounceResponse,
  encodeScrapeResponse,
  encodeTrackerFailure,
  infoHashHex,
  parseAnnounceQuery,
  parseIpAddress,
  parseScrapeQuery,
  ProtocolError,
} from '@shoal/protocol';
import type { Clock, HttpRequest, HttpResponse } from '@shoal/service';
import { DEFAULT_NUMWANT, EXPIRY_INTERVALS, MAX_NUMWANT } from '../constants.ts';
import type { Admission, GrantGate } from '../grants/grant-gate.ts';
import type { TrackerMetrics } from '../metrics.ts';
import type { Peer, PeerInit } from '../swarms/peer.ts';
import type { Swarm } from '../swarms/swarm.ts';
import type { SwarmRegistry } from '../swarms/swarm-registry.ts';
import { TrackerError } from '../tracker-error.ts';

export interface HttpAnnouncesComponents {
  readonly registry: SwarmRegistry;
  readonly gate: GrantGate;
  readonly metrics: TrackerMetrics;
  readonly clock: Clock;
}

/** The HTTP side of the tracker, for stock clients (BEP 3, 7, 23, 48). The grant is in the path. */
export interface HttpAnnounces {
  announce(request: HttpRequest): HttpResponse;
  scrape(request: HttpRequest): HttpResponse;
}

const MS_PER_SECOND = 1_000;
const HEADERS = { 'content-type': 'text/plain' };

/** Makes the HTTP side; `intervalMs` is the time between announces that clients are told. */
export function createHttpAnnounces(
  { registry, gate, metrics, clock }: HttpAnnouncesComponents,
  { intervalMs }: { readonly intervalMs: number },
): HttpAnnounces {
  function announce(request: HttpRequest): Uint8Array {
    const query = parseAnnounceQuery(request.query);
    const admission = gate.admit(request.params.grant ?? '', clock.now(), query.infoHash);
    const { swarm, peers } = update(query, admission, request.remoteAddress);
    metrics.announced('http');
    return encodeAnnounceResponse(
      {
        interval: intervalMs / MS_PER_SECOND,
        complete: swarm?.complete.size ?? 0,
        incomplete: swarm?.incomplete.size ?? 0,
        peers,
      },
      query,
    );
  }

  function update(query: AnnounceRequest, admission: Admission, remoteAddress: string): Update {
    const swarm = registry.find(admission.swarmKey);
    const key = `address ${remoteAddress} ${query.port}`;
    const peer = swarm?.get(key);
    if (query.event === 'stopped') {
      if (swarm !== undefined && peer !== undefined) registry.leave({ swarm, peer });
      return { swarm, peers: [] };
    }
    const count = Math.min(query.numwant ?? DEFAULT_NUMWANT, MAX_NUMWANT);
    const expiresAt = Math.min(admission.expiresAt, clock.now() + EXPIRY_INTERVALS * intervalMs);
    if (swarm === undefined || peer === undefined) {
      const joined = registry.join(
        admission.swarmKey,
        newPeer(query, key, remoteAddress, count, expiresAt),
        count,
      );
      return { swarm: joined.swarm, peers: joined.handedOut };
    }
    registry.setExpiry({ swarm, peer }, expiresAt);
    swarm.setComplete(peer, query.left === 0);
    return { swarm, peers: registry.more({ swarm, peer }, count) };
  }

  function scrape(request: HttpRequest): Uint8Array {
    const hashes = parseScrapeQuery(request.query);
    const admission = gate.admit(request.params.grant ?? '', clock.now());
    const swarm = registry.find(admission.swarmKey);
    // As BEP 48 says, hashes that the tracker (here: the grant) does not know are left out.
    const known = hashes.filter((hash) => admission.infoHashes.includes(infoHashHex(hash)));
    return encodeScrapeResponse(
      known.map((infoHash) => ({
        infoHash,
        complete: swarm?.complete.size ?? 0,
        incomplete: swarm?.incomplete.size ?? 0,
        downloaded: swarm?.completions ?? 0,
      })),
    );
  }

  /** Refusals have status 200 too: stock clients show the reason to their user only then. */
  function answer(make: () => Uint8Array): HttpResponse {
    try {
      return { status: 200, headers: HEADERS, body: make() };
    } catch (error) {
      if (!(error instanceof TrackerError || error instanceof ProtocolError)) throw error;
      metrics.refused('http', error.code);
      return {
        status: 200,
        headers: HEADERS,
        body: encodeTrackerFailure(`${error.message} (${error.code})`),
      };
    }
  }

  return {
    announce: (request) => answer(() => announce(request)),
    scrape: (request) => answer(() => scrape(request)),
  };
}

interface Update {
  readonly swarm: Swarm | undefined;
  readonly peers: readonly Peer[];
}

function newPeer(
  query: AnnounceRequest,
  key: string,
  host: string,
  wanted: number,
  expiresAt: number,
): PeerInit {
  const address = parseIpAddress(host);
  if (address === undefined)
    throw new TrackerError('SHOAL_TRACKER_REQUEST_INVALID', `peers cannot connect to ${host}`);
  const { peerId, port, left } = query;
  const complete = left === 0;
  return {
    key,
    address,
    host,
    port,
    peerId,
    role: MemberRole.MEMBER_ROLE_UNSPECIFIED,
    zone: '',
    rack: '',
    complete,
    wanted,
    expiresAt,
  };
}
