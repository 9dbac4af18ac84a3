import type { HandOutPolicy } from '../hand-out/hand-out-policy.ts';
import type { Peer } from './peer.ts';
import { PeerGroups } from './peer-groups.ts';
import { SeederShares } from './seeder-shares.ts';

/** The members of one swarm, whatever info-hash of it they announced. */
export class Swarm {
  readonly key: string;
  readonly complete = new PeerGroups();
  readonly incomplete = new PeerGroups();
  /** Peers that became complete here, for scrapes. */
  completions = 0;
  readonly #peers = new Map<string, Peer>();
  readonly #shares = new SeederShares();

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

  /** Links to complete peers that the incomplete ones of a zone may still be given. */
  seederSlotsLeft(zone: string): number {
    return this.#shares.left(zone, this.complete.size, this.incomplete.zones.size);
  }

  /** Adds a peer, in place of the one with the same key. */
  add(peer: Peer): void {
    const before = this.#peers.get(peer.key);
    if (before !== undefined) this.remove(before);
    peer.degree = before?.degree ?? 0;
    this.#peers.set(peer.key, peer);
    this.#group(peer).add(peer);
  }

  remove(peer: Peer): void {
    if (!this.has(peer)) return;
    this.#peers.delete(peer.key);
    this.#shares.release(peer);
    this.#group(peer).remove(peer);
  }

  /** A member has everything now, or (after damage to its copy) no longer. */
  setComplete(peer: Peer, complete: boolean): void {
    if (peer.complete === complete || !this.has(peer)) return;
    this.#group(peer).remove(peer);
    this.#shares.release(peer);
    peer.complete = complete;
    if (complete) this.completions++;
    this.#group(peer).add(peer);
  }

  /** Up to `count` peers for a member; each of them, and it, counts the new link. Who asks again has lost those of before. */
  handOut(policy: HandOutPolicy, requester: Peer, count: number): Peer[] {
    if (count === 0) return [];
    this.#shares.release(requester);
    const chosen = policy.choose(this, requester, count);
    for (const peer of chosen) this.link(requester, peer);
    return chosen;
  }

  /** Counts a link between two members. */
  link(a: Peer, b: Peer): void {
    a.degree++;
    b.degree++;
    if (a.complete !== b.complete) this.#shares.take(a.complete ? b : a);
  }

  #group(peer: Peer): PeerGroups {
    return peer.complete ? this.complete : this.incomplete;
  }
}
