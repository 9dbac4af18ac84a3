import { once } from 'node:events';
import { Readable } from 'node:stream';
import { Rollout, type WatchRolloutResponse } from '@shoal/contracts';
import { expect, it } from 'vitest';
import { rolloutEvents } from './rollout-events.ts';

it('ends the watch of a reader who went away, also while nothing happens', async () => {
  const ended = Promise.withResolvers<string>();
  async function* watch(signal: AbortSignal): AsyncGenerator<WatchRolloutResponse> {
    try {
      yield { rollout: Rollout.fromPartial({ rolloutId: 'r' }), targets: [] };
      await once(signal, 'abort');
    } finally {
      ended.resolve(signal.aborted ? 'aborted' : 'left');
    }
  }
  const { body } = await rolloutEvents(watch);
  if (!(body instanceof Readable)) throw new Error('no stream');
  const [first] = (await once(body, 'data')) as [Buffer];
  expect(first.toString()).toContain('"id":"r"');
  body.destroy();
  expect(await ended.promise).toBe('aborted');
});

it('breaks off when the watch fails on its way', async () => {
  async function* watch(): AsyncGenerator<WatchRolloutResponse> {
    yield await Promise.resolve({ rollout: undefined, targets: [] });
    throw new Error('the database is away');
  }
  const { body } = await rolloutEvents(watch);
  if (!(body instanceof Readable)) throw new Error('no stream');
  await expect(body.toArray()).rejects.toThrow('the database is away');
});
