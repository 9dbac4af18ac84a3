import type { PickerPolicy } from './picker-policy.ts';

/** The first piece of the torrent that the peer has, for readers that begin while the rest is on its way. */
export function createSequentialPicker(): PickerPolicy {
  return {
    pick(candidates, peerHas) {
      const end = candidates.pieceCount;
      for (let piece = candidates.lowest; piece < end; piece += 1) {
        if (candidates.isPickable(piece) && peerHas.has(piece)) return piece;
      }
      return undefined;
    },
  };
}
