import { expect, it } from 'vitest';
import { Cleanup, withCleanup } from './cleanup.ts';

it('undoes the last thing first, each once', async () => {
  const cleanup = new Cleanup();
  const undone: number[] = [];
  for (const step of [1, 2, 3]) cleanup.add(() => Promise.resolve().then(() => undone.push(step)));
  await Promise.all([cleanup.run(), cleanup.run()]);
  expect(undone).toEqual([3, 2, 1]);
});

it('undoes at once what comes after the end', async () => {
  const cleanup = new Cleanup();
  await cleanup.run();
  expect(cleanup.hasBegun).toBe(true);
  const undone = Promise.withResolvers<string>();
  cleanup.add(() => undone.resolve('late'));
  expect(await undone.promise).toBe('late');
});

it('is run for a part of the work: after it, and when all is over', async () => {
  const cleanup = new Cleanup();
  const undone: string[] = [];
  const failing = withCleanup(cleanup, (own) => {
    own.add(() => undone.push('part'));
    return Promise.reject(new Error('no'));
  });
  await expect(failing).rejects.toThrow('no');
  expect(undone).toEqual(['part']);

  const neverEnds = Promise.withResolvers<undefined>();
  const running = withCleanup(cleanup, (own) => {
    own.add(() => undone.push('killed'));
    return neverEnds.promise;
  });
  await cleanup.run();
  expect(undone).toEqual(['part', 'killed']);
  neverEnds.resolve(undefined);
  await running;
});
