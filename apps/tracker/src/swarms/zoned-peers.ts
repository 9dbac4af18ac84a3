import { DegreeBuckets } from './degree-buckets.ts';
import type { Peer } from './peer.ts';

/** Peers by zone. */
export class ZonedPeers {
  readonly #zones = new Map<string, DegreeBuckets>();
  #names: string[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Names of the zones that have peers. */
  get zones(): readonly string[] {
    return this.#names;
  }

  /** The peers of a zone, or `undefined` when it has none. */
  of(zone: string): DegreeBuckets | undefined {
    return this.#zones.get(zone);
  }

  /** Lowest degree of any peer of `zone`; 0 when it has none. */
  lowestDegree(zone: string): number {
    return this.#zones.get(zone)?.lowestDegree ?? 0;
  }

  add(peer: Peer): void {
    let peers = this.#zones.get(peer.zone);
    if (peers === undefined) {
      peers = new DegreeBuckets();
      this.#zones.set(peer.zone, peers);
      this.#names.push(peer.zone);
    }
    peers.add(peer);
    this.#size++;
  }

  remove(peer: Peer): void {
    const peers = this.#zones.get(peer.zone);
    if (peers === undefined) return;
    peers.remove(peer);
    this.#size--;
    if (peers.size > 0) return;
    this.#zones.delete(peer.zone);
    this.#names = this.#names.filter((name) => name !== peer.zone);
  }

  raise(peer: Peer, links: number): void {
    this.#zones.get(peer.zone)?.raise(peer, links);
  }
}
