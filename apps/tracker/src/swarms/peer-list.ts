import type { Peer } from './peer.ts';

/** Which of the lists a peer is in: each keeps the peer's place in it under its own number. */
export type ListLevel = 0 | 1 | 2;

/** Peers in no order: added, removed and drawn at random in constant time. */
export class PeerList {
  readonly #level: ListLevel;
  readonly #peers: Peer[] = [];

  /** @param level no two lists of the same level may hold the same peer */
  constructor(level: ListLevel) {
    this.#level = level;
  }

  get size(): number {
    return this.#peers.length;
  }

  has(peer: Peer): boolean {
    return this.#peers[peer.places[this.#level]] === peer;
  }

  add(peer: Peer): void {
    peer.places[this.#level] = this.#peers.push(peer) - 1;
  }

  /** Removes a peer that is in the list; the last one takes its place. */
  remove(peer: Peer): void {
    const last = this.#peers.pop();
    if (last === undefined || last === peer) return;
    const place = peer.places[this.#level];
    this.#peers[place] = last;
    last.places[this.#level] = place;
  }

  /** Any peer, every one as likely; undefined when there is none. */
  draw(random: () => number): Peer | undefined {
    return this.#peers[Math.floor(random() * this.#peers.length)];
  }

  /** Up to `looks` peers, one after the other from a random place on. */
  *walk(looks: number, random: () => number): Generator<Peer, void, undefined> {
    const size = this.#peers.length;
    const start = Math.floor(random() * size);
    for (let step = 0; step < Math.min(looks, size); step++) {
      const peer = this.#peers[(start + step) % size];
      if (peer !== undefined) yield peer;
    }
  }
}
