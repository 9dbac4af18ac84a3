import type { Bitfield } from '@shoal/protocol';
import type { Availability } from './availability.ts';

/** Tells which pieces it holds. */
export interface PieceSet extends Pick<Bitfield, 'has'> {
  /** All that it holds and that may be started, ascending: for a search that has looked at many others in vain. */
  readonly few?: () => readonly number[];
}

/** Chooses which piece to start next, among pieces of the same priority. */
export interface PickerPolicy {
  /**
   * @param candidates pieces that may be started
   * @param peerHas what the peer may be asked for
   * @param piecesHad number of pieces we have
   * @param rarest fewest peers that any piece of the peer has: 1 when its own pieces are counted, else 0
   * @returns a candidate that the peer has; undefined when there is none
   */
  pick(candidates: Availability, peerHas: PieceSet, piecesHad: number, rarest: 0 | 1): number | undefined;
}
