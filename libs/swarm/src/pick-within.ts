import type { Availability } from './availability.ts';
import { MAX_LOOKS } from './constants.ts';
import type { PieceSet } from './picker-policy.ts';
import type { Random } from './random.ts';

/**
 * A piece that the peer has among those at places [start, end) of the candidates: the first one from a random place on.
 * Undefined when there is none, or none among the MAX_LOOKS looked at: then {@link pickFew} finds it.
 */
export function pickWithin(
  candidates: Availability,
  peerHas: PieceSet,
  { start, end }: { readonly start: number; readonly end: number },
  random: Random,
): number | undefined {
  const length = end - start;
  if (length === 0) return undefined;
  const first = random.below(length);
  const looks = peerHas.few === undefined ? length : Math.min(length, MAX_LOOKS);
  for (let look = 0; look < looks; look += 1) {
    const offset = first + look;
    const piece = candidates.pieceAt(start + (offset < length ? offset : offset - length));
    if (peerHas.has(piece)) return piece;
  }
  return undefined;
}

/**
 * One of the rarest candidates of a peer that has few, or none, of many.
 * @param rarest as for {@link PickerPolicy.pick}; rarer ones are not looked at
 * @returns undefined when it has none, or there are so few that {@link pickWithin} has looked at them all
 */
export function pickFew(
  candidates: Availability,
  peerHas: PieceSet,
  rarest: 0 | 1,
  random: Random,
): number | undefined {
  if (candidates.length - candidates.bucketStart(rarest) <= MAX_LOOKS) return undefined;
  const few = peerHas.few?.().filter((piece) => candidates.isPickable(piece)) ?? [];
  const least = few.reduce((count, piece) => Math.min(count, candidates.count(piece)), Infinity);
  const equals = few.filter((piece) => candidates.count(piece) === least);
  return equals.length === 0 ? undefined : equals[random.below(equals.length)];
}
