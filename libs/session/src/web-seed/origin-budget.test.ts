import { expect, it } from 'vitest';
import { MAX_ORIGIN_CONNECTIONS } from './constants.ts';
import { OriginBudget } from './origin-budget.ts';

it('a session has so many connections to web seeds, and others when one is given back', () => {
  const budget = new OriginBudget();
  const taken = Array.from({ length: MAX_ORIGIN_CONNECTIONS }, () => budget.take());
  expect(taken.every(Boolean)).toBe(true);
  expect(budget.take()).toBe(false);
  budget.giveBack();
  expect(budget.take()).toBe(true);
  expect(budget.take()).toBe(false);
  budget.close();
});
