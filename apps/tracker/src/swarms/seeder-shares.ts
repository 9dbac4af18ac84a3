import { SEEDER_SLOTS } from '../constants.ts';
import type { Peer } from './peer.ts';

/**
 * Shares the places that complete peers have between the zones that want them: of ten thousand hosts that start at once
 * a few hundred can be connected to the seeders, and these should be in every zone, whoever comes first.
 */
export class SeederShares {
  /** Links to complete peers that the incomplete ones of each zone were given. */
  readonly #held = new Map<string, number>();

  /**
   * Links to complete peers that a zone may still be given.
   * @param complete how many complete peers there are @param zones how many zones want them
   */
  left(zone: string, complete: number, zones: number): number {
    const share = Math.max(1, Math.floor((complete * SEEDER_SLOTS) / Math.max(1, zones)));
    return Math.max(0, share - (this.#held.get(zone) ?? 0));
  }

  /** An incomplete peer was told of a complete one, or the other way round. */
  take(peer: Peer): void {
    peer.seederLinks++;
    this.#held.set(peer.zone, (this.#held.get(peer.zone) ?? 0) + 1);
  }

  /** A peer is complete itself, gone, or asks anew: what it was given is for others again. */
  release(peer: Peer): void {
    const left = (this.#held.get(peer.zone) ?? 0) - peer.seederLinks;
    if (left > 0) this.#held.set(peer.zone, left);
    else this.#held.delete(peer.zone);
    peer.seederLinks = 0;
  }
}
