import { MAX_LOOKS } from './constants.ts';
import type { PickerPolicy } from './picker-policy.ts';

/** The first piece of the torrent that the peer has, for readers that begin while the rest is on its way. */
export function createSequentialPicker(): PickerPolicy {
  return {
    pick(candidates, peerHas) {
      const start = candidates.lowest;
      const end = peerHas.few === undefined ? candidates.pieceCount : start + MAX_LOOKS;
      for (let piece = start; piece < end; piece += 1) {
        if (candidates.isPickable(piece) && peerHas.has(piece)) return piece;
      }
      return peerHas.few?.().find((piece) => candidates.isPickable(piece));
    },
  };
}
