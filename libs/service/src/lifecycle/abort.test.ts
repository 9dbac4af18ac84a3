import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { orAborted } from './abort.ts';

it('gives what the work gives, or raises what it raises', async () => {
  const { signal } = new AbortController();
  await expect(orAborted(Promise.resolve(1), signal)).resolves.toBe(1);
  await expect(orAborted(Promise.reject(new Error('work')), signal)).rejects.toThrow('work');
});

it('raises the reason of the signal, before or during the work', async () => {
  const controller = new AbortController();
  const waiting = orAborted(new Promise(() => undefined), controller.signal);
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await expect(orAborted(Promise.resolve(1), controller.signal)).rejects.toThrow('enough');
});

it('keeps no value that it has given, however long the signal lives', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const { signal } = new AbortController();
  const given = await Promise.all(
    Array.from(
      { length: 50 },
      async () => new WeakRef(await orAborted(Promise.resolve(new Uint8Array(1 << 16)), signal)),
    ),
  );
  // A value just given is still on the stack of the microtask that gave it.
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  expect(given.filter((reference) => reference.deref() !== undefined)).toHaveLength(0);
  expect(signal.aborted).toBe(false);
});
