import { describe, expect, it } from 'vitest';
import { ConnectionGate } from './connection-gate.ts';

describe('the gate of a single connection', () => {
  it('lets one in at a time, in order', async () => {
    const gate = new ConnectionGate(60_000);
    const order: number[] = [];
    const user = async (n: number): Promise<void> => {
      await gate.enter();
      order.push(n);
    };
    await user(1);
    const others = Promise.all([user(2), user(3)]);
    expect(order).toEqual([1]);
    gate.leave();
    gate.leave();
    await others;
    expect(order).toEqual([1, 2, 3]);
  });

  it('does not let anyone wait longer than its deadline, and forgets who gave up', async () => {
    const gate = new ConnectionGate(5);
    await gate.enter();
    await expect(gate.enter()).rejects.toMatchObject({ code: 'SHOAL_DATABASE_TIMEOUT' });
    gate.leave();
    await expect(gate.enter()).resolves.toBeUndefined();
  });
});
