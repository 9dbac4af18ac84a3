import type { Bitfield } from '@shoal/protocol';
import type { Availability } from './availability.ts';

/** Chooses which piece to start next. */
export interface PickerPolicy {
  /**
   * @param candidates pieces that may be started
   * @param peerHas what the peer to ask has
   * @param piecesHad number of pieces we have
   * @returns a candidate that the peer has; undefined when there is none
   */
  pick(candidates: Availability, peerHas: Bitfield, piecesHad: number): number | undefined;
}
