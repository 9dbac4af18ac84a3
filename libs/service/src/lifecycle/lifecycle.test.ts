import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../logging/logger.ts';
import { withDeadline } from './deadline.ts';
import { createLifecycle } from './lifecycle.ts';
import { backoffMs, retry } from './retry.ts';
import { hasCapability, software } from './software.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
const never = (): Promise<never> => new Promise(() => undefined);

function recorder() {
  const events: string[] = [];
  const part = (name: string, failing: Partial<Record<'start' | 'stop', () => Promise<void>>> = {}) => ({
    start: () => record(`start ${name}`, failing.start),
    stop: () => record(`stop ${name}`, failing.stop),
  });
  function record(event: string, then: (() => Promise<void>) | undefined): Promise<void> {
    events.push(event);
    return then === undefined ? Promise.resolve() : then();
  }
  return { events, part };
}

describe('a lifecycle', () => {
  it('starts in order and stops in reverse, once', async () => {
    const { events, part } = recorder();
    const lifecycle = createLifecycle({ logger });
    for (const name of ['database', 'grpc', 'http']) lifecycle.add(name, part(name));
    await lifecycle.start();
    await lifecycle.stop();
    await lifecycle.stop();
    expect(events.join()).toBe('start database,start grpc,start http,stop http,stop grpc,stop database');
  });

  it('stops what had started when a part fails to', async () => {
    const { events, part } = recorder();
    const lifecycle = createLifecycle({ logger });
    const failure = new Error('no port');
    lifecycle.add('database', part('database'));
    lifecycle.add('grpc', part('grpc', { start: () => Promise.reject(failure) }));
    lifecycle.add('http', part('http'));
    await expect(lifecycle.start()).rejects.toBe(failure);
    expect(events.join()).toBe('start database,start grpc,stop grpc,stop database');
  });

  it('does not wait for ever for a part', async () => {
    const { events, part } = recorder();
    const lifecycle = createLifecycle({ logger }, { startDeadlineMs: 20, stopDeadlineMs: 20 });
    lifecycle.add('database', part('database', { stop: never }));
    lifecycle.add('grpc', part('grpc', { start: never }));
    await expect(lifecycle.start()).rejects.toMatchObject({ code: 'SHOAL_SERVICE_START_TIMEOUT' });
    expect(events.at(-1)).toBe('stop database');
  });
});

describe('withDeadline', () => {
  it('gives what comes first', async () => {
    expect(await withDeadline(Promise.resolve(1), 1_000, () => 2)).toBe(1);
    expect(await withDeadline(never(), 1, () => 2)).toBe(2);
    await expect(withDeadline(Promise.reject(new Error('failed')), 1_000, () => 2)).rejects.toThrow('failed');
  });
});

describe('retry', () => {
  function clock() {
    const sleeps: number[] = [];
    return { sleeps, now: () => 0, sleep: (ms: number) => (sleeps.push(ms), Promise.resolve()) };
  }
  const init = { attempts: 4, baseMs: 100, maxMs: 300, random: () => 1 };

  it('tries until it works, waiting longer each time', async () => {
    const time = clock();
    const fails = (attempt: number) =>
      attempt < 4 ? Promise.reject(new Error('not yet')) : Promise.resolve(attempt);
    expect(await retry(fails, { ...init, clock: time })).toBe(4);
    expect(time.sleeps).toEqual([100, 200, 300]);
  });

  it('gives up after the last try, or when trying cannot help', async () => {
    const time = clock();
    const fails = () => Promise.reject(new Error('no'));
    await expect(retry(fails, { ...init, clock: time })).rejects.toThrow('no');
    expect(time.sleeps).toHaveLength(3);
    await expect(retry(fails, { ...init, clock: time, retryable: () => false })).rejects.toThrow('no');
    expect(time.sleeps).toHaveLength(3);
  });

  it('spreads delays over their upper half', () => {
    expect(backoffMs(1, { ...init, random: () => 0 })).toBe(50);
    expect(backoffMs(1_000, { ...init, random: () => 1 })).toBe(300);
  });
});

describe('software', () => {
  it('has the version of the package', () => {
    const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
    expect(software().version).toBe((JSON.parse(manifest) as { version: string }).version);
  });

  it('has a capability when both ends name it', () => {
    expect(software(['b', 'a']).capabilities).toEqual(['a', 'b']);
    expect(hasCapability(software(['a']), software(['a', 'b']), 'a')).toBe(true);
    expect(hasCapability(software(['a']), software(['a', 'b']), 'b')).toBe(false);
    expect(hasCapability(undefined, software(['a']), 'a')).toBe(false);
  });
});
