import { Bitfield } from '@shoal/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_PRIORITY } from './constants.ts';
import { PieceSelection } from './piece-selection.ts';
import { createSeededRandom } from './random.ts';

const PIECES = 12;

/** The pickable pieces, sorted, by tier and bucket, without empty ones. */
function tiersOf(selection: PieceSelection): number[][][] {
  const tiers = selection.tiers.map((tier) =>
    Array.from({ length: tier.buckets }, (_, bucket) => {
      const length = tier.bucketEnd(bucket) - tier.bucketStart(bucket);
      return Array.from({ length }, (_, at) => tier.pieceAt(tier.bucketStart(bucket) + at)).sort(
        (a, b) => a - b,
      );
    }),
  );
  return tiers
    .filter((tier) => tier.flat().length > 0)
    .map((tier) => tier.filter(({ length }) => length > 0));
}

describe('PieceSelection', () => {
  it('sorts what is wanted and missing by priority and then by availability, whatever happens', () => {
    const step = fc.tuple(
      fc.constantFrom('increment', 'decrement', 'take', 'giveBack', 'settle', 'setPriorities'),
      fc.nat({ max: PIECES - 1 }),
      fc.uint8Array({ minLength: PIECES, maxLength: PIECES, max: 7 }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const have = Bitfield.none(PIECES);
        const selection = new PieceSelection({ random: createSeededRandom(1) }, { have });
        const counts = new Array<number>(PIECES).fill(0);
        const open = new Set<number>();
        let priorities: Uint8Array = new Uint8Array(PIECES).fill(DEFAULT_PRIORITY);
        for (const [action, piece, next] of steps) {
          if (action === 'increment') counts[piece]! += 1;
          if (action === 'decrement' && counts[piece] === 0) continue;
          if (action === 'decrement') counts[piece]! -= 1;
          if (action === 'take' && (have.has(piece) || priorities[piece] === 0)) continue;
          if (action === 'take') open.add(piece);
          if ((action === 'giveBack' || action === 'settle') && !open.delete(piece)) continue;
          if (action === 'setPriorities') {
            priorities = next;
            selection.setPriorities(next, (candidate) => open.has(candidate));
          } else selection[action](piece);
        }
        const pickable = Array.from({ length: PIECES }, (_, piece) => piece).filter(
          (piece) => priorities[piece] !== 0 && !have.has(piece) && !open.has(piece),
        );
        const byPriority = groupBy(pickable, (piece) => -priorities[piece]!);
        expect(tiersOf(selection)).toEqual(
          byPriority.map((pieces) => groupBy(pieces, (piece) => counts[piece]!)),
        );
        for (const tier of selection.tiers) {
          const members = pickable.filter((piece) => tier.isPickable(piece));
          expect(tier.lowest).toBe(Math.min(PIECES, ...members));
        }
        expect(selection.hasPickable).toBe(pickable.length > 0);
        const needed = [...priorities].some((priority, piece) => priority > 0 && !have.has(piece));
        expect(selection.isSatisfied).toBe(!needed);
      }),
      { seed: 1, numRuns: 1_000 },
    );
  });
});

/** The items of each key, the smallest key first. */
function groupBy(items: readonly number[], keyOf: (item: number) => number): number[][] {
  const keys = [...new Set(items.map(keyOf))].sort((a, b) => a - b);
  return keys.map((key) => items.filter((item) => keyOf(item) === key));
}
