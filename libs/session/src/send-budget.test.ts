import { describe, expect, it } from 'vitest';
import { MAX_SENDING_BYTES } from './constants.ts';
import { SendBudget } from './send-budget.ts';

describe('a send budget', () => {
  it('keeps a connection waiting until another gives back, and tells it once', () => {
    const budget = new SendBudget();
    const freed: string[] = [];
    const waitAs = (name: string) => () => freed.push(name);
    expect(budget.take(MAX_SENDING_BYTES, true, waitAs('a'))).toBe(true);
    expect(budget.take(1, false, waitAs('b'))).toBe(false);
    budget.give(1);
    expect(freed).toEqual(['b']);
    expect(budget.take(1, false, waitAs('b'))).toBe(true);
    budget.give(2);
    expect(freed).toEqual(['b']);
  });

  it('gives a connection that has nothing in flight what it asks for, even when all is used', () => {
    const budget = new SendBudget();
    expect(budget.take(MAX_SENDING_BYTES, true, () => undefined)).toBe(true);
    expect(budget.take(1, true, () => undefined)).toBe(true);
    expect(budget.take(1, false, () => undefined)).toBe(false);
  });

  it('asks no more who wait than there is room for', () => {
    const budget = new SendBudget();
    let asked = 0;
    const takeAgain = (): void => {
      asked += 1;
      budget.take(MAX_SENDING_BYTES, false, takeAgain);
    };
    budget.take(MAX_SENDING_BYTES, true, takeAgain);
    budget.take(1, false, takeAgain);
    budget.take(1, false, () => takeAgain());
    budget.give(MAX_SENDING_BYTES);
    expect(asked).toBe(1);
  });
});
