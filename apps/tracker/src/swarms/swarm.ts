import type { HandOutPolicy } from '../hand-out/hand-out-policy.ts';
import { DegreeBuckets } from './degree-buckets.ts';
import type { Peer } from './peer.ts';
import { ZonedPeers } from './zoned-peers.ts';

/** The members of one swarm, whatever info-hash of it they announced. */
export class Swarm {
  readonly key: string;
  readonly complete = new DegreeBuckets();
  readonly incomplete = new ZonedPeers();
  /** Peers that became complete here, for scrapes. */
  completions = 0;
  readonly #peers = new Map<string, Peer>();

  constructor(key: string) {
    this.key = key;
  }

  get size(): number {
    return this.#peers.size;
  }

  /** The member with this key. */
  get(key: string): Peer | undefined {
    return this.#peers.get(key);
  }

  has(peer: Peer): boolean {
    return this.#peers.get(peer.key) === peer;
  }

  /**
   * Adds a peer, in place of the one with the same key. Degrees count those who have left too, so that in an old swarm
   * everybody would be sent to a newcomer that starts at 0: it starts behind the others by the links it should get, half of
   * them to whom it is handed, half from those handed to it.
   */
  add(peer: Peer): void {
    const before = this.#peers.get(peer.key);
    if (before !== undefined) this.remove(before);
    const level = peer.complete ? this.complete.lowestDegree : this.incomplete.lowestDegree(peer.zone);
    peer.degree = before?.degree ?? Math.max(0, level - 2 * peer.wanted);
    this.#peers.set(peer.key, peer);
    this.#group(peer).add(peer);
  }

  remove(peer: Peer): void {
    if (!this.has(peer)) return;
    this.#peers.delete(peer.key);
    this.#group(peer).remove(peer);
  }

  /** A member has everything now, or (after damage to its copy) no longer. */
  setComplete(peer: Peer, complete: boolean): void {
    if (peer.complete === complete || !this.has(peer)) return;
    this.#group(peer).remove(peer);
    peer.complete = complete;
    if (complete) this.completions++;
    this.#group(peer).add(peer);
  }

  /** Up to `count` peers for a member; each of them, and it, counts the new link. */
  handOut(policy: HandOutPolicy, requester: Peer, count: number): Peer[] {
    const chosen = count > 0 ? policy.choose(this, requester, count) : [];
    for (const peer of chosen) this.link(requester, peer);
    return chosen;
  }

  /** Counts a link between two members. */
  link(a: Peer, b: Peer): void {
    this.#group(a).raise(a, 1);
    this.#group(b).raise(b, 1);
  }

  #group(peer: Peer): DegreeBuckets | ZonedPeers {
    return peer.complete ? this.complete : this.incomplete;
  }
}
