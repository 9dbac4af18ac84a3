import type { Availability } from './availability.ts';
import type { PieceSet } from './picker-policy.ts';
import type { Random } from './random.ts';

/**
 * A piece that the peer has among those at places [start, end) of the candidates: the first one from a random place on.
 * Undefined when there is none.
 */
export function pickWithin(
  candidates: Availability,
  peerHas: PieceSet,
  { start, end }: { readonly start: number; readonly end: number },
  random: Random,
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
