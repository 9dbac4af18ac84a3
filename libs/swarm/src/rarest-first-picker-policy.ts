import { RANDOM_FIRST_PIECES } from './constants.ts';
import { pickFew, pickWithin } from './pick-within.ts';
import type { PickerPolicy } from './picker-policy.ts';
import type { Random } from './random.ts';

/** The first pieces at random, then the rarest that the peer has; at random among equally rare ones (Legout 2006). */
export function createRarestFirstPicker(components: { readonly random: Random }): PickerPolicy {
  const { random } = components;
  return {
    pick(candidates, peerHas, piecesHad, rarest) {
      if (piecesHad < RANDOM_FIRST_PIECES) {
        const range = { start: 0, end: candidates.length };
        return pickWithin(candidates, peerHas, range, random) ?? pickFew(candidates, peerHas, 0, random);
      }
      // A seeder that shows first copies has a few pieces of very many: no look at the rest.
      for (let bucket: number = rarest; bucket < candidates.buckets; bucket += 1) {
        const range = { start: candidates.bucketStart(bucket), end: candidates.bucketEnd(bucket) };
        const piece = pickWithin(candidates, peerHas, range, random);
        if (piece !== undefined) return piece;
      }
      return pickFew(candidates, peerHas, rarest, random);
    },
  };
}
