import { expect, it } from 'vitest';
import { BackgroundLoop } from './background-loop.ts';

it('goes round until it is stopped, and ends with the round under way', async () => {
  const events: string[] = [];
  let wake = (): void => undefined;
  const third = new Promise<void>((resolve) => (wake = resolve));
  const loop = new BackgroundLoop(async (signal) => {
    events.push('begin');
    if (events.length === 5) {
      wake();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    }
    await Promise.resolve();
    events.push('end');
  });
  loop.start();
  await third;
  expect(loop.signal.aborted).toBe(false);
  await loop.stop();
  expect(loop.signal.aborted).toBe(true);
  expect(events).toEqual(['begin', 'end', 'begin', 'end', 'begin', 'end']);
});

it('can be stopped before it was started', async () => {
  const loop = new BackgroundLoop(() => Promise.reject(new Error('not to be called')));
  await loop.stop();
  loop.start();
  await loop.stop();
});
