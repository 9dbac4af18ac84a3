import { COMPLETE_PUSH_FANOUT, LOOKS_PER_PEER, PUSH_FANOUT } from '../constants.ts';
import type { HandOutPolicy } from '../hand-out/hand-out-policy.ts';
import { TrackerError } from '../tracker-error.ts';
import { ExpiryWheel } from './expiry-wheel.ts';
import { createPeer, type Peer, type PeerInit } from './peer.ts';
import { Swarm } from './swarm.ts';

export interface SwarmRegistryInit {
  readonly maxSwarms: number;
  readonly maxPeersPerSwarm: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** A place in a swarm. */
export interface Membership {
  readonly swarm: Swarm;
  readonly peer: Peer;
}

/** Every swarm and member this tracker knows, in memory only: announces bring it back within seconds. */
export class SwarmRegistry {
  readonly #policy: HandOutPolicy;
  readonly #random: () => number;
  readonly #limits: SwarmRegistryInit;
  readonly #swarms = new Map<string, Swarm>();
  readonly #expiries: ExpiryWheel<ExpiringMembership>;
  #peers = 0;

  constructor(
    components: { readonly policy: HandOutPolicy; readonly random: () => number },
    init: SwarmRegistryInit,
  ) {
    this.#policy = components.policy;
    this.#random = components.random;
    this.#limits = init;
    this.#expiries = new ExpiryWheel(init.now);
  }

  get swarmCount(): number {
    return this.#swarms.size;
  }

  get peerCount(): number {
    return this.#peers;
  }

  find(key: string): Swarm | undefined {
    return this.#swarms.get(key);
  }

  /**
   * Makes a peer a member of a swarm, in place of the one with the same key, and gives it up to `count` others. Hosts
   * with a stream that lack links are told of it, and a few complete ones if it is a stock client that is not.
   * @throws TrackerError SHOAL_TRACKER_SWARM_LIMIT, SHOAL_TRACKER_PEER_LIMIT
   */
  join(swarmKey: string, init: PeerInit, count: number): Membership & { readonly handedOut: Peer[] } {
    const swarm = this.#swarms.get(swarmKey) ?? this.#create(swarmKey);
    const isNew = swarm.get(init.key) === undefined;
    if (isNew && swarm.size >= this.#limits.maxPeersPerSwarm)
      throw new TrackerError(
        'SHOAL_TRACKER_PEER_LIMIT',
        `the swarm has ${swarm.size} peers, the most allowed`,
      );
    const peer = createPeer(init);
    swarm.add(peer);
    if (isNew) this.#peers++;
    this.#expiries.add(new ExpiringMembership(swarm, peer));
    const handedOut = swarm.handOut(this.#policy, peer, count);
    this.#offer(swarm, peer, handedOut);
    return { swarm, peer, handedOut };
  }

  /** More peers for a member. */
  more({ swarm, peer }: Membership, count: number): Peer[] {
    return swarm.has(peer) ? swarm.handOut(this.#policy, peer, count) : [];
  }

  leave({ swarm, peer }: Membership): void {
    if (!swarm.has(peer)) return;
    swarm.remove(peer);
    this.#peers--;
    if (swarm.size === 0) this.#swarms.delete(swarm.key);
  }

  /** Brings a member's end forward, or puts it off. */
  setExpiry({ swarm, peer }: Membership, expiresAt: number): void {
    const earlier = expiresAt < peer.expiresAt;
    peer.expiresAt = expiresAt;
    if (earlier) this.#expiries.add(new ExpiringMembership(swarm, peer));
  }

  /** Forgets whoever expired by `now` (milliseconds since the epoch). */
  expire(now: number): void {
    this.#expiries.turn(
      now,
      ({ swarm, peer }) => swarm.has(peer),
      (membership) => {
        this.leave(membership);
        membership.peer.listener?.expired();
      },
    );
  }

  #create(key: string): Swarm {
    if (this.#swarms.size >= this.#limits.maxSwarms)
      throw new TrackerError('SHOAL_TRACKER_SWARM_LIMIT', `${this.#swarms.size} swarms, the most allowed`);
    const swarm = new Swarm(key);
    this.#swarms.set(key, swarm);
    return swarm;
  }

  /** Those it was handed will hear from the newcomer itself. */
  #offer(swarm: Swarm, newcomer: Peer, handedOut: readonly Peer[]): void {
    if (swarm.isCorrupt(newcomer)) return;
    const known = new Set([newcomer, ...handedOut]);
    const { incomplete } = swarm;
    for (const list of [incomplete.zoneOf(newcomer), incomplete.all]) {
      let offers = PUSH_FANOUT;
      for (const peer of list?.walk(PUSH_FANOUT * LOOKS_PER_PEER, this.#random) ?? []) {
        if (peer.listener === undefined || peer.degree >= peer.wanted || known.has(peer)) continue;
        known.add(peer);
        swarm.link(peer, newcomer);
        peer.listener.offer(newcomer);
        if (--offers === 0) break;
      }
    }
    if (newcomer.listener === undefined && !newcomer.complete) this.#offerStock(swarm, newcomer, known);
  }

  /** Complete hosts dial a stock client, also those that it was told of: not all dial whom they are told of. */
  #offerStock(swarm: Swarm, newcomer: Peer, known: ReadonlySet<Peer>): void {
    let offers = COMPLETE_PUSH_FANOUT;
    for (const peer of swarm.complete.all.walk(COMPLETE_PUSH_FANOUT * LOOKS_PER_PEER, this.#random)) {
      if (peer.listener === undefined) continue;
      if (!known.has(peer)) swarm.link(peer, newcomer);
      peer.listener.offer(newcomer);
      if (--offers === 0) return;
    }
  }
}

class ExpiringMembership implements Membership {
  readonly swarm: Swarm;
  readonly peer: Peer;

  constructor(swarm: Swarm, peer: Peer) {
    this.swarm = swarm;
    this.peer = peer;
  }

  get expiresAt(): number {
    return this.peer.expiresAt;
  }
}
