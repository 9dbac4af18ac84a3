import type { HandOutPolicy } from '../hand-out/hand-out-policy.ts';
import { CorruptionReports } from './corruption-reports.ts';
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
  readonly #reports = new CorruptionReports();

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
    this.#list(peer);
  }

  remove(peer: Peer): void {
    if (!this.has(peer)) return;
    this.#peers.delete(peer.key);
    this.#shares.release(peer);
    this.#unlist(peer);
  }

  /** A member has everything now, or (after damage to its copy) no longer. */
  setComplete(peer: Peer, complete: boolean): void {
    if (peer.complete === complete || !this.has(peer)) return;
    this.#unlist(peer);
    this.#shares.release(peer);
    peer.complete = complete;
    if (complete) this.completions++;
    this.#list(peer);
  }

  /** A member says that the peer with this id sent it bad bytes, which that is told. Whom several report is handed out no more. */
  report(reporter: Peer, peerId: Uint8Array): void {
    for (const peer of this.#peers.values()) {
      // Stock clients may have no id.
      if (peerId.length === 0 || Buffer.compare(peer.peerId, peerId) !== 0) continue;
      if (peer.key === reporter.key) continue;
      this.#reports.add(reporter.key, peer.key);
      peer.listener?.reported();
      if (this.isCorrupt(peer)) this.#unlist(peer);
    }
  }

  /** Whether any member reported the peer. */
  isReported(peer: Peer): boolean {
    return this.#reports.has(peer.key);
  }

  /** Whether several members reported the peer: nobody is told of it. */
  isCorrupt(peer: Peer): boolean {
    return this.#reports.isCorrupt(peer.key);
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

  /** Puts a member among those that are handed out. */
  #list(peer: Peer): void {
    if (!this.isCorrupt(peer)) this.#group(peer).add(peer);
  }

  /** Takes a member from those that are handed out, if it is among them. */
  #unlist(peer: Peer): void {
    const group = this.#group(peer);
    if (group.all.has(peer)) group.remove(peer);
  }

  #group(peer: Peer): PeerGroups {
    return peer.complete ? this.complete : this.incomplete;
  }
}
