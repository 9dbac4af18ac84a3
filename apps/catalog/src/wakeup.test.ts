import { describe, expect, it } from 'vitest';
import { createWakeup } from './wakeup.ts';

const NEVER_MS = 1_000_000;

describe('a wake-up', () => {
  const { signal } = new AbortController();

  it('wakes who waits, and not before', async () => {
    const wakeup = createWakeup();
    let awake = false;
    const waiting = wakeup.wait(NEVER_MS, signal).then(() => (awake = true));
    await Promise.resolve();
    expect(awake).toBe(false);
    wakeup.wake();
    await waiting;
    expect(awake).toBe(true);
  });

  it('remembers one wake for who comes later', async () => {
    const wakeup = createWakeup();
    wakeup.wake();
    wakeup.wake();
    const waits: string[] = [];
    await wakeup.wait(NEVER_MS, signal).then(() => waits.push('first'));
    const second = wakeup.wait(NEVER_MS, signal).then(() => waits.push('second'));
    await Promise.resolve();
    expect(waits).toEqual(['first']);
    wakeup.wake();
    await second;
  });

  it('lets go of who is called off, and of who has waited long enough', async () => {
    const wakeup = createWakeup();
    const controller = new AbortController();
    const calledOff = wakeup.wait(NEVER_MS, controller.signal);
    controller.abort();
    await expect(calledOff).resolves.toBeUndefined();
    await expect(wakeup.wait(NEVER_MS, controller.signal)).resolves.toBeUndefined();
    await expect(wakeup.wait(1, signal)).resolves.toBeUndefined();
  });
});
