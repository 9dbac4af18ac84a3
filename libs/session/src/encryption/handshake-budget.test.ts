import { describe, expect, it } from 'vitest';
import {
  ENCRYPTED_HANDSHAKE_BURST,
  ENCRYPTED_HANDSHAKES_PER_SECOND,
  MAX_ENCRYPTED_HANDSHAKES,
} from './constants.ts';
import { HandshakeBudget } from './handshake-budget.ts';

const BUSY: unknown = expect.objectContaining({ code: 'SHOAL_MSE_BUSY' });

describe('the budget of encrypted handshakes', () => {
  it('lets a burst pass, then so many a second, however long nobody came', () => {
    let now = 0;
    const budget = new HandshakeBudget({ now: () => now });
    const spendAll = (): number => {
      for (let count = 0; ; count += 1) {
        try {
          budget.spend();
        } catch (error) {
          expect(error).toEqual(BUSY);
          return count;
        }
      }
    };
    expect(spendAll()).toBe(ENCRYPTED_HANDSHAKE_BURST);
    now += 1_000;
    expect(spendAll()).toBe(ENCRYPTED_HANDSHAKES_PER_SECOND);
    now += 1_000_000;
    expect(spendAll()).toBe(ENCRYPTED_HANDSHAKE_BURST);
  });

  it('lets so many be under way, and others when one is over, well or not', async () => {
    const budget = new HandshakeBudget({ now: () => 0 });
    const { promise, reject } = Promise.withResolvers<never>();
    const open = Array.from({ length: MAX_ENCRYPTED_HANDSHAKES }, () => budget.during(() => promise));
    await expect(budget.during(() => Promise.resolve())).rejects.toEqual(BUSY);
    reject(new Error('gone'));
    await Promise.allSettled(open);
    expect(await budget.during(() => Promise.resolve('done'))).toBe('done');
  });
});
