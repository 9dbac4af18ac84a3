import { parseIpAddress, type PeerEndpoint, peerPriority } from '@shoal/protocol';
import { MAX_PEERS_PER_ADDRESS, TURNOVER_INTERVAL } from '../constants.ts';
import { isLoopback } from '../loopback.ts';
import type { ConnectionEnds } from '../peer/peer-link.ts';
import type { TransportAddress } from '../ports/peer-transport.ts';

/** What becomes of a peer that has shaken hands. */
export type Admission<Connection> =
  | { readonly isAdmitted: false; readonly reason: string }
  /** With `replaces`, one that is connected must go for it. */
  | { readonly isAdmitted: true; readonly replaces?: Connection };

/**
 * Decides which peers a torrent keeps when more come than it may have: those with the highest canonical priority
 * (BEP 40). The places are open to newcomers that way, and both ends agree about who goes; one connection gives way per
 * TURNOVER_INTERVAL, so that a flood of newcomers cannot stop the transfers under way.
 */
export class PeerAdmission {
  readonly #maxPeers: number;
  #replacedAt = -Infinity;

  /** @param maxPeers of the torrent, one at least */
  constructor(maxPeers: number) {
    this.#maxPeers = maxPeers;
  }

  /** Decides about a newcomer among those `connected`, at `now` (Clock milliseconds). */
  admit<Connection extends ConnectionEnds>(
    newcomer: ConnectionEnds,
    connected: Iterable<Connection>,
    now: number,
  ): Admission<Connection> {
    const others = [...connected];
    const { host } = newcomer.remote;
    const sameAddress = others.filter(({ remote }) => remote.host === host).length;
    if (sameAddress >= MAX_PEERS_PER_ADDRESS && !isLoopback(host)) {
      return { isAdmitted: false, reason: `${host} has ${sameAddress} connections already` };
    }
    if (others.length < this.#maxPeers) return { isAdmitted: true };
    const worst = leastWorth(others);
    const isBetter = worst === undefined || priorityOf(newcomer) > priorityOf(worst);
    if (!isBetter || now - this.#replacedAt < TURNOVER_INTERVAL) {
      return { isAdmitted: false, reason: `there are ${others.length} peers already` };
    }
    this.#replacedAt = now;
    return worst === undefined ? { isAdmitted: true } : { isAdmitted: true, replaces: worst };
  }
}

function leastWorth<Connection extends ConnectionEnds>(
  connections: readonly Connection[],
): Connection | undefined {
  let [worst] = connections;
  for (const connection of connections) {
    if (worst === undefined || priorityOf(connection) < priorityOf(worst)) worst = connection;
  }
  return worst;
}

function priorityOf({ remote, local }: ConnectionEnds): number {
  return peerPriority(endpointOf(remote), endpointOf(local));
}

function endpointOf({ host, port }: TransportAddress): PeerEndpoint {
  // Link-local addresses of IPv6 come with the name of the interface.
  const address = parseIpAddress(host.split('%', 1)[0] ?? host);
  return { address: address ?? new Uint8Array(), port };
}
