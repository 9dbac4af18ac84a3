import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bitfield } from './bitfield.ts';

describe('Bitfield', () => {
  it('lays pieces out as BEP 3 says', () => {
    const field = Bitfield.none(10);
    field.add(0);
    field.add(9);
    expect([...field.bytes]).toEqual([0x80, 0x40]);
  });

  it.each([0, 1, 7, 8, 9, 16, 17])('knows what all of %i pieces are', (size) => {
    const all = Bitfield.all(size);
    expect(all.isComplete).toBe(true);
    expect(Bitfield.fromBytes(size, all.bytes)).toEqual(all);
    expect(Array.from({ length: size }, (_, piece) => all.has(piece))).not.toContain(false);
    expect(all.has(size)).toBe(false);
  });

  it('behaves like a set of numbers', () => {
    const change = fc.tuple(fc.boolean(), fc.nat({ max: 29 }));
    fc.assert(
      fc.property(fc.array(change), fc.array(change), (changes, others) => {
        const build = (list: [boolean, number][]) => {
          const field = Bitfield.none(30);
          const set = new Set<number>();
          for (const [add, piece] of list) {
            expect(add ? field.add(piece) : field.delete(piece)).toBe(add ? !set.has(piece) : set.has(piece));
            if (add) set.add(piece);
            else set.delete(piece);
          }
          return { field, set };
        };
        const a = build(changes);
        const b = build(others);
        expect(a.field.count).toBe(a.set.size);
        expect(Bitfield.fromBytes(30, a.field.bytes).count).toBe(a.set.size);
        expect(a.field.countMissingFrom(b.field)).toBe(
          [...a.set].filter((piece) => !b.set.has(piece)).length,
        );
      }),
      { seed: 4 },
    );
  });

  it('lists what it has and another has not, whatever their size', () => {
    const piecesBelow = (size: number) => fc.uniqueArray(fc.nat(size - 1));
    const pairs = fc
      .integer({ min: 1, max: 200 })
      .chain((size) =>
        fc.record({ size: fc.constant(size), own: piecesBelow(size), others: piecesBelow(size) }),
      );
    fc.assert(
      fc.property(pairs, ({ size, own, others }) => {
        const [a, b] = [Bitfield.none(size), Bitfield.none(size)];
        for (const piece of own) a.add(piece);
        for (const piece of others) b.add(piece);
        const expected = own.filter((piece) => !others.includes(piece)).sort((x, y) => x - y);
        expect(a.missingFrom(b)).toEqual(expected);
        expect(Bitfield.fromBytes(size, a.bytes).missingFrom(b)).toEqual(expected);
      }),
      { seed: 5 },
    );
  });

  it('refuses bytes that are not a bitfield of its size', () => {
    const badBitfield: unknown = expect.objectContaining({ code: 'SHOAL_WIRE_BAD_BITFIELD' });
    expect(() => Bitfield.fromBytes(10, Uint8Array.of(1))).toThrow(badBitfield);
    expect(() => Bitfield.fromBytes(10, Uint8Array.of(0, 0x20))).toThrow(badBitfield);
    expect(() => Bitfield.none(10).add(10)).toThrow(RangeError);
  });
});
