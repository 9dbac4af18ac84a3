import { pickFew, pickWithin } from './pick-within.ts';
import type { PickerPolicy } from './picker-policy.ts';
import type { Random } from './random.ts';

/** Any piece that the peer has, however rare: what rarest first is to be measured against. */
export function createRandomPicker(components: { readonly random: Random }): PickerPolicy {
  return {
    pick(candidates, peerHas, _piecesHad, rarest) {
      const range = { start: candidates.bucketStart(rarest), end: candidates.length };
      const { random } = components;
      return pickWithin(candidates, peerHas, range, random) ?? pickFew(candidates, peerHas, rarest, random);
    },
  };
}
