import { Bitfield } from '@shoal/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Availability } from './availability.ts';
import { MAX_LOOKS } from './constants.ts';
import { createRandomPicker } from './random-picker-policy.ts';
import { createSequentialPicker } from './sequential-picker-policy.ts';
import { createRarestFirstPicker } from './rarest-first-picker-policy.ts';
import { createSeededRandom } from './random.ts';

const PIECES = 12;

/** The pieces of each bucket, sorted. */
function buckets(availability: Availability): number[][] {
  return Array.from({ length: availability.buckets }, (_, bucket) => {
    const pieces: number[] = [];
    for (let at = availability.bucketStart(bucket); at < availability.bucketEnd(bucket); at += 1) {
      pieces.push(availability.pieceAt(at));
    }
    return pieces.sort((a, b) => a - b);
  });
}

describe('Availability', () => {
  it('sorts pickable pieces into buckets by how many peers have them, whatever happens', () => {
    const step = fc.tuple(
      fc.constantFrom('add', 'remove', 'increment', 'decrement'),
      fc.nat({ max: PIECES - 1 }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const availability = new Availability(PIECES);
        const counts = new Array<number>(PIECES).fill(0);
        const pickable = new Set<number>();
        for (const [action, piece] of steps) {
          if (action === 'add') pickable.add(piece);
          if (action === 'remove') pickable.delete(piece);
          if (action === 'increment') counts[piece]! += 1;
          if (action === 'decrement' && counts[piece] === 0) continue;
          if (action === 'decrement') counts[piece]! -= 1;
          availability[action as 'add'](piece);
        }
        const expected = Array.from({ length: availability.buckets }, (_, bucket) =>
          [...pickable].filter((piece) => counts[piece] === bucket).sort((a, b) => a - b),
        );
        expect(buckets(availability)).toEqual(expected);
        expect(availability.length).toBe(pickable.size);
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});

describe('rarest first', () => {
  const have = (pieces: number[]): Bitfield => {
    const field = Bitfield.none(PIECES);
    for (const piece of pieces) field.add(piece);
    return field;
  };

  it('takes the rarest piece that the peer has, once some pieces are there', () => {
    const random = createSeededRandom(1);
    const availability = new Availability(PIECES);
    availability.addAllMissing(have([0]), random);
    for (let piece = 0; piece < PIECES; piece += 1) {
      for (let peer = 0; peer < piece; peer += 1) availability.increment(piece);
    }
    const picker = createRarestFirstPicker({ random });
    expect(picker.pick(availability, have([9, 5, 7]), 4, 0)).toBe(5);
    expect(picker.pick(availability, have([9, 5, 7, 0]), 4, 0)).toBe(5);
    expect(picker.pick(availability, have([0]), 4, 0)).toBeUndefined();
    availability.remove(5);
    expect(picker.pick(availability, have([9, 5, 7]), 4, 0)).toBe(7);
  });

  it('takes any piece at first, and any of equally rare ones', () => {
    const random = createSeededRandom(2);
    const availability = new Availability(PIECES);
    availability.addAllMissing(Bitfield.none(PIECES), random);
    availability.increment(3);
    const picker = createRarestFirstPicker({ random });
    const everything = Bitfield.all(PIECES);
    const picks = (had: number) =>
      new Set(Array.from({ length: 400 }, () => picker.pick(availability, everything, had, 0)));
    expect(picks(0).size).toBe(PIECES);
    expect(picks(4)).toEqual(new Set([0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11]));
  });

  it('looks at no piece that nobody has, for a peer whose pieces are counted', () => {
    const random = createSeededRandom(3);
    const availability = new Availability(1_000);
    availability.addAllMissing(Bitfield.none(1_000), random);
    for (const piece of [17, 400]) availability.increment(piece);
    const picker = createRarestFirstPicker({ random });
    let looks = 0;
    const peerHas = { has: (piece: number) => (looks += 1) > 0 && piece === 400 };
    expect(picker.pick(availability, peerHas, 4, 1)).toBe(400);
    expect(looks).toBeLessThanOrEqual(2);
    expect(picker.pick(availability, { has: () => true }, 4, 0)).not.toBe(400);
  });

  it('finds the one piece of a peer among very many that others have, without a look at each', () => {
    const random = createSeededRandom(3);
    const availability = new Availability(100_000);
    availability.addAllMissing(Bitfield.none(100_000), random);
    for (let piece = 0; piece < 100_000; piece += 1) availability.increment(piece);
    for (const picker of [
      createRarestFirstPicker({ random }),
      createRandomPicker({ random }),
      createSequentialPicker(),
    ]) {
      for (const few of [[70_000], []]) {
        let looks = 0;
        const peerHas = {
          has: (piece: number) => (looks += 1) > 0 && few.includes(piece),
          few: () => few,
        };
        expect(picker.pick(availability, peerHas, 4, 1)).toBe(few[0]);
        expect(looks).toBeLessThanOrEqual(MAX_LOOKS);
      }
    }
  });

  it('takes any piece that the peer has, however rare, when it picks at random', () => {
    const random = createSeededRandom(3);
    const availability = new Availability(PIECES);
    availability.addAllMissing(have([0]), random);
    for (let peer = 0; peer < 5; peer += 1) availability.increment(7);
    const picker = createRandomPicker({ random });
    const picks = Array.from({ length: 100 }, () => picker.pick(availability, have([0, 3, 7]), 9, 0));
    expect(new Set(picks)).toEqual(new Set([3, 7]));
    expect(picker.pick(availability, have([0]), 9, 0)).toBeUndefined();
  });
});
