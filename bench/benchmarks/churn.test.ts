import { expect, it } from 'vitest';
import { chooseVictims, fetchedAgain } from './churn.ts';

it('kills 30 % of the leechers, spread evenly', () => {
  expect(chooseVictims(16)).toEqual([0, 3, 6, 9, 12]);
  expect(chooseVictims(1)).toEqual([]);
});

it('finds what victims fetched again by what the others received', () => {
  expect(fetchedAgain([1.05, 1.25, 1.06, 1.04, 1.15], [1, 4])).toBeCloseTo(0.15);
  expect(fetchedAgain([1.05, 1.01, 1.06], [1])).toBe(0);
});
