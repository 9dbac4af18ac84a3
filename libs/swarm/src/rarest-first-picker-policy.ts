import type { Availability } from './availability.ts';
import { RANDOM_FIRST_PIECES } from './constants.ts';
import type { PickerPolicy, PieceSet } from './picker-policy.ts';
import type { Random } from './random.ts';

/** The first pieces at random, then the rarest that the peer has; at random among equally rare ones (Legout 2006). */
export function createRarestFirstPicker(components: { readonly random: Random }): PickerPolicy {
  const { random } = components;

  function pickWithin(
    candidates: Availability,
    peerHas: PieceSet,
    start: number,
    end: number,
  ): number | undefined {
    if (end === start) return undefined;
    const first = start + random.below(end - start);
    for (let index = first; index < end; index += 1) {
      const piece = candidates.pieceAt(index);
      if (peerHas.has(piece)) return piece;
    }
    for (let index = start; index < first; index += 1) {
      const piece = candidates.pieceAt(index);
      if (peerHas.has(piece)) return piece;
    }
    return undefined;
  }

  return {
    pick(candidates, peerHas, piecesHad, rarest) {
      if (piecesHad < RANDOM_FIRST_PIECES) return pickWithin(candidates, peerHas, 0, candidates.length);
      // A seeder that shows first copies has a few pieces of very many: no look at the rest.
      for (let bucket: number = rarest; bucket < candidates.buckets; bucket += 1) {
        const piece = pickWithin(
          candidates,
          peerHas,
          candidates.bucketStart(bucket),
          candidates.bucketEnd(bucket),
        );
        if (piece !== undefined) return piece;
      }
      return undefined;
    },
  };
}
