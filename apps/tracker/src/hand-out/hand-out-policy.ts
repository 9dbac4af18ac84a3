import type { Peer } from '../swarms/peer.ts';
import type { Swarm } from '../swarms/swarm.ts';

/** Chooses whom a peer is told of. */
export interface HandOutPolicy {
  /** At most `count` other peers of the swarm, best first. Must not take time that grows with the swarm. */
  choose(swarm: Swarm, requester: Peer, count: number): Peer[];
}
