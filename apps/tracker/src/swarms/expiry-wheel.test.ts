import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EXPIRY_SLOT_MS, EXPIRY_SLOTS } from '../constants.ts';
import { ExpiryWheel } from './expiry-wheel.ts';

const START = 1_700_000_000_000;
const TURN = EXPIRY_SLOT_MS * EXPIRY_SLOTS;

interface Item {
  expiresAt: number;
}

function wheel() {
  const items = new ExpiryWheel<Item>(START);
  const alive = new Set<Item>();
  const expired: Item[] = [];
  return {
    alive,
    expired,
    add(expiresAt: number): Item {
      const item = { expiresAt };
      alive.add(item);
      items.add(item);
      return item;
    },
    again: (item: Item) => items.add(item),
    turn(now: number): void {
      items.turn(
        now,
        (item) => alive.has(item),
        (item) => {
          alive.delete(item);
          expired.push(item);
        },
      );
    },
  };
}

describe('the expiry wheel', () => {
  it('finds each item after its end, within two slots', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 5 * TURN }), { maxLength: 30 }),
        fc.integer({ min: 1, max: 20 }),
        (ends, step) => {
          const { add, turn, alive, expired } = wheel();
          for (const end of ends) add(START + end);
          for (let now = START; now <= START + 5 * TURN + 3_000; now += step * 100) {
            const before = expired.length;
            turn(now);
            for (const { expiresAt } of expired.slice(before)) expect(expiresAt).toBeLessThanOrEqual(now);
            for (const { expiresAt } of alive) expect(expiresAt).toBeGreaterThan(now - 2 * EXPIRY_SLOT_MS);
          }
          expect(expired).toHaveLength(ends.length);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('leaves those whose end was put off', () => {
    const { add, turn, expired } = wheel();
    const item = add(START + 5_000);
    item.expiresAt = START + 20_000;
    turn(START + 10_000);
    expect(expired).toEqual([]);
    turn(START + 22_000);
    expect(expired).toEqual([item]);
  });

  it('finds early those whose end was brought forward', () => {
    const { add, again, turn, expired } = wheel();
    const item = add(START + 60_000);
    item.expiresAt = START + 5_000;
    again(item);
    turn(START + 7_000);
    expect(expired).toEqual([item]);
    turn(START + 2 * TURN);
    expect(expired).toHaveLength(1);
  });

  it('catches up after a long sleep, and when the clock goes back', () => {
    const { add, turn, expired } = wheel();
    add(START + 5_000);
    turn(START - 60_000);
    expect(expired).toEqual([]);
    turn(START + 100 * TURN);
    expect(expired).toHaveLength(1);
  });
});
