import type { PeerState } from './peer-state.ts';
import type { PieceSet } from './picker-policy.ts';
import type { PieceSelection } from './piece-selection.ts';

/**
 * What `peer` may be asked for, with a list of its pieces that may be started: of a peer that gets piece after piece and
 * passes each on at once there is one, or none, among all that others have.
 * @param askable what it may be asked for
 */
export function withFewPieces(peer: PeerState, askable: PieceSet, selection: PieceSelection): PieceSet {
  let few: readonly number[] | undefined;
  return {
    has: (piece) => askable.has(piece),
    few: () =>
      (few ??= peer.have
        .missingFrom(selection.settled)
        .filter((piece) => selection.isPickable(piece) && askable.has(piece))),
  };
}
