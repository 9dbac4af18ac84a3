import { describe, expect, it } from 'vitest';
import { Semaphore } from './semaphore.ts';

/** A task that ends when told. */
function task() {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const state = { running: false };
  const run = async (): Promise<void> => {
    state.running = true;
    await ended;
  };
  return { state, run, end: () => end() };
}

const never = new AbortController().signal;

describe('Semaphore', () => {
  it('runs as many as it has permits, the others in the order they came', async () => {
    const semaphore = new Semaphore(2);
    const tasks = [task(), task(), task(), task()];
    const runs = tasks.map(({ run }) => semaphore.run(never, run));
    const running = () => tasks.map(({ state }) => state.running);
    await Promise.resolve();
    expect(running()).toEqual([true, true, false, false]);
    tasks[1]?.end();
    await runs[1];
    await Promise.resolve();
    expect(running()).toEqual([true, true, true, false]);
    for (const { end } of tasks) end();
    await Promise.all(runs);
  });

  it('gives a permit back after a failure', async () => {
    const semaphore = new Semaphore(1);
    await expect(semaphore.run(never, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    expect(await semaphore.run(never, () => Promise.resolve(1))).toBe(1);
  });

  it('forgets a task that is called off while it waits', async () => {
    const semaphore = new Semaphore(1);
    const first = task();
    const running = semaphore.run(never, first.run);
    const calledOff = new AbortController();
    const waiting = semaphore.run(calledOff.signal, () => Promise.resolve('ran'));
    calledOff.abort();
    await expect(waiting).rejects.toThrow('called off');
    first.end();
    await running;
    expect(await semaphore.run(never, () => Promise.resolve(1))).toBe(1);
  });
});
