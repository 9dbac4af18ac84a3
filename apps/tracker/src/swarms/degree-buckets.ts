import { LOOKS_PER_PEER, MAX_DEGREE, SPARE_LOOKS } from '../constants.ts';
import type { Peer } from './peer.ts';

/**
 * Peers ordered by degree, with random choice among equals, in constant time per peer: one array for each degree,
 * removal by swapping with the last.
 */
export class DegreeBuckets {
  readonly #buckets: Peer[][] = [];
  #lowest = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Lowest degree of any peer; 0 when there is none. */
  get lowestDegree(): number {
    while (this.#size > 0 && this.#bucket(this.#lowest).length === 0) this.#lowest++;
    return this.#size === 0 ? 0 : this.#lowest;
  }

  add(peer: Peer): void {
    peer.degree = Math.min(peer.degree, MAX_DEGREE);
    const bucket = this.#bucket(peer.degree);
    peer.position = bucket.push(peer) - 1;
    this.#lowest = this.#size === 0 ? peer.degree : Math.min(this.#lowest, peer.degree);
    this.#size++;
  }

  remove(peer: Peer): void {
    const bucket = this.#bucket(peer.degree);
    const last = bucket.pop();
    if (last !== undefined && last !== peer) place(bucket, peer.position, last);
    peer.position = -1;
    this.#size--;
  }

  /** Adds links to a peer. */
  raise(peer: Peer, links: number): void {
    this.remove(peer);
    peer.degree += links;
    this.add(peer);
  }

  /**
   * Up to `count` peers that `accept` lets through, lowest degree first, in random order among equals. Looks at a
   * multiple of `count` at most, however many there are.
   */
  take(count: number, random: () => number, accept: (peer: Peer) => boolean): Peer[] {
    const taken: Peer[] = [];
    let looks = count * LOOKS_PER_PEER + SPARE_LOOKS;
    for (let degree = this.lowestDegree; degree < this.#buckets.length; degree++) {
      const bucket = this.#bucket(degree);
      for (let next = 0; next < bucket.length; next++) {
        if (taken.length >= count || looks-- === 0) return taken;
        const peer = drawTo(bucket, next, random);
        if (accept(peer)) taken.push(peer);
      }
    }
    return taken;
  }

  #bucket(degree: number): Peer[] {
    return (this.#buckets[degree] ??= []);
  }
}

/** One step of a Fisher-Yates shuffle: brings a random peer of those from `next` on to that place. */
function drawTo(bucket: Peer[], next: number, random: () => number): Peer {
  const chosenAt = next + Math.floor(random() * (bucket.length - next));
  const [chosen, other] = [bucket[chosenAt], bucket[next]];
  if (chosen === undefined || other === undefined) throw new RangeError(`no peer at ${next}`);
  place(bucket, chosenAt, other);
  place(bucket, next, chosen);
  return chosen;
}

function place(bucket: Peer[], position: number, peer: Peer): void {
  bucket[position] = peer;
  peer.position = position;
}
