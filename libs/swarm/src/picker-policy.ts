import type { Bitfield } from '@shoal/protocol';
import type { Availability } from './availability.ts';

/** Tells which pieces it holds. */
export type PieceSet = Pick<Bitfield, 'has'>;

/** Chooses which piece to start next, among pieces of the same priority. */
export interface PickerPolicy {
  /**
   * @param candidates pieces that may be started
   * @param peerHas what the peer may be asked for
   * @param piecesHad number of pieces we have
   * @returns a candidate that the peer has; undefined when there is none
   */
  pick(candidates: Availability, peerHas: PieceSet, piecesHad: number): number | undefined;
}
