import { createNearRegularHandOutPolicy } from './hand-out/near-regular-hand-out-policy.ts';
import type { Peer } from './swarms/peer.ts';
import { SwarmRegistry } from './swarms/swarm-registry.ts';
import { peerInit, seededRandom } from './test-peers.ts';

/** What members ask for when they join (libs/fleet `JOIN_NUMWANT`). */
const NUMWANT = 50;
/** Connections of one torrent, and up to how many it dials (libs/session `DEFAULT_MAX_PEERS_PER_TORRENT`, `DIAL_SHARE`). */
const MAX_CONNECTIONS = 60;
const DIALS_UP_TO = 24;

/** A member, and what came of the peers it was told of. */
export interface GraphHost {
  readonly zone: string;
  readonly rack: string;
  readonly isSeeder: boolean;
  readonly connections: Set<GraphHost>;
  /** Connections that others opened to it, refused ones included. */
  dialsReceived: number;
}

interface Member extends GraphHost {
  readonly toDial: GraphHost[];
}

/** Members that join a swarm of the tracker one after the other and connect as sessions do; for tests. */
export class GrowingGraph {
  readonly hosts: GraphHost[] = [];
  readonly #registry: SwarmRegistry;
  readonly #byKey = new Map<string, GraphHost>();

  constructor(seed: number) {
    const random = seededRandom(seed);
    const policy = createNearRegularHandOutPolicy(random);
    const limits = { maxSwarms: 1, maxPeersPerSwarm: 100_000, now: 0 };
    this.#registry = new SwarmRegistry({ policy, random }, limits);
  }

  join(zone: string, rack: string, isSeeder = false): GraphHost {
    const key = `host ${this.hosts.length}`;
    const host: Member = { zone, rack, isSeeder, connections: new Set(), dialsReceived: 0, toDial: [] };
    this.hosts.push(host);
    this.#byKey.set(key, host);
    const listener = {
      offer: (peer: Peer) => this.#dial(host, [peer]),
      reported: () => undefined,
      expired: () => undefined,
    };
    const init = peerInit(1, { key, zone, rack, complete: isSeeder, wanted: NUMWANT, listener });
    this.#dial(host, this.#registry.join('swarm', init, NUMWANT).handedOut);
    return host;
  }

  #dial(host: Member, peers: readonly Peer[]): void {
    for (const { key } of peers) {
      const other = this.#byKey.get(key);
      if (other !== undefined) host.toDial.push(other);
    }
    while (host.connections.size < DIALS_UP_TO) {
      const other = host.toDial.shift();
      if (other === undefined) return;
      if (other === host || host.connections.has(other)) continue;
      other.dialsReceived++;
      if (other.connections.size >= MAX_CONNECTIONS) continue;
      host.connections.add(other);
      other.connections.add(host);
    }
  }
}

/** How many connections it takes from the nearest of `sources` to each host that can be reached. */
export function distancesFrom(sources: readonly GraphHost[]): ReadonlyMap<GraphHost, number> {
  const distances = new Map(sources.map((source) => [source, 0]));
  // Hosts are visited in the order in which they are added.
  for (const [host, distance] of distances)
    for (const next of host.connections) if (!distances.has(next)) distances.set(next, distance + 1);
  return distances;
}
