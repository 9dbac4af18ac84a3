import { ShoalError, Status, TargetState } from '@shoal/contracts';
import type { DigestHex } from '@shoal/fleet';
import { createLogger, startTelemetry } from '@shoal/service';
import { VirtualClock } from '@shoal/testing';
import { describe, expect, it } from 'vitest';
import type { Transition } from '../report/host-reports.ts';
import type { Actual } from './decide.ts';
import type { Desired } from './desired.ts';
import type { HostWork } from './host-work.ts';
import { NameReconciler } from './name-reconciler.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
const telemetry = startTelemetry({ service: 'test', version: '0', instance: 'test' });
const { TARGET_STATE_FETCHING, TARGET_STATE_FETCHED, TARGET_STATE_ACTIVATED, TARGET_STATE_FAILED } =
  TargetState;

function digest(letter: string): DigestHex {
  return letter.repeat(64) as DigestHex;
}

function desired(revision: number, content: string, phase: Desired['phase'] = 'activate'): Desired {
  return {
    name: 'web',
    version: String(revision),
    contentDigest: digest(content),
    revision: BigInt(revision),
    phase,
    rolloutId: `r${revision}`,
    traceparent: '',
    size: 1,
  };
}

/** A host in memory whose fetches end when told. */
class Host implements HostWork {
  readonly published = new Set<DigestHex>();
  live: DigestHex | undefined;
  readonly reports: { revision: bigint; transition: Transition }[] = [];
  readonly fetches: {
    content: DigestHex;
    signal: AbortSignal;
    finish: () => void;
    fail: (error: Error) => void;
  }[] = [];

  observe({ contentDigest }: Desired): Promise<Actual> {
    return Promise.resolve({ published: this.published.has(contentDigest), live: this.live });
  }

  fetch({ contentDigest: content }: Desired, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, fail) => {
      signal.addEventListener('abort', () => fail(new DOMException('aborted', 'AbortError')));
      const finish = (): void => {
        this.published.add(content);
        resolve();
      };
      this.fetches.push({ content, signal, finish, fail });
    });
  }

  activate({ contentDigest }: Desired): Promise<void> {
    this.live = contentDigest;
    return Promise.resolve();
  }

  report({ revision }: Desired, transition: Transition): Promise<void> {
    this.reports.push({ revision, transition });
    return Promise.resolve();
  }

  states(): [bigint, TargetState][] {
    return this.reports.map(({ revision, transition }) => [revision, transition.state]);
  }
}

function setUp() {
  const host = new Host();
  const clock = new VirtualClock();
  const reconciler = new NameReconciler({ work: host, clock, logger, telemetry, random: () => 0.5 });
  return { host, clock, reconciler };
}

describe('NameReconciler', () => {
  it('fetches, activates and reports each step', async () => {
    const { host, clock, reconciler } = setUp();
    expect(reconciler.follow(desired(1, 'a'))).toBe(true);
    await clock.settled();
    expect(reconciler.settled).toBeUndefined();
    host.fetches[0]?.finish();
    await clock.settled();
    expect(host.live).toBe(digest('a'));
    expect(host.states()).toEqual([
      [1n, TARGET_STATE_FETCHING],
      [1n, TARGET_STATE_FETCHED],
      [1n, TARGET_STATE_ACTIVATED],
    ]);
    expect(reconciler.settled?.revision).toBe(1n);
  });

  it('fetches without activating when told so', async () => {
    const { host, clock, reconciler } = setUp();
    reconciler.follow(desired(1, 'a', 'fetch'));
    await clock.settled();
    host.fetches[0]?.finish();
    await clock.settled();
    expect(host.live).toBeUndefined();
    expect(host.states().at(-1)).toEqual([1n, TARGET_STATE_FETCHED]);
  });

  it('reports at once what the host has already', async () => {
    const { host, clock, reconciler } = setUp();
    host.published.add(digest('a'));
    host.live = digest('a');
    reconciler.follow(desired(1, 'a'));
    await clock.settled();
    expect(host.fetches).toHaveLength(0);
    expect(host.states()).toEqual([[1n, TARGET_STATE_ACTIVATED]]);
  });

  it('ignores lower revisions and the one it follows', async () => {
    const { host, clock, reconciler } = setUp();
    reconciler.follow(desired(5, 'a'));
    await clock.settled();
    expect(reconciler.follow(desired(4, 'b'))).toBe(false);
    expect(reconciler.follow(desired(5, 'a'))).toBe(false);
    await clock.settled();
    expect(host.fetches).toHaveLength(1);
    expect(host.fetches[0]?.signal.aborted).toBe(false);
  });

  it('gives a fetch up for a newer directive of other content', async () => {
    const { host, clock, reconciler } = setUp();
    reconciler.follow(desired(1, 'a'));
    await clock.settled();
    reconciler.follow(desired(2, 'b'));
    await clock.settled();
    expect(host.fetches[0]?.signal.aborted).toBe(true);
    expect(host.fetches[1]?.content).toBe(digest('b'));
    host.fetches[1]?.finish();
    await clock.settled();
    expect(host.states().filter(([, state]) => state === TARGET_STATE_FAILED)).toEqual([]);
    expect(host.states().at(-1)).toEqual([2n, TARGET_STATE_ACTIVATED]);
  });

  it('keeps a fetch when a newer directive wants the same content, and reports to the newer one', async () => {
    const { host, clock, reconciler } = setUp();
    reconciler.follow(desired(1, 'a', 'fetch'));
    await clock.settled();
    reconciler.follow(desired(2, 'a'));
    await clock.settled();
    expect(host.fetches).toHaveLength(1);
    host.fetches[0]?.finish();
    await clock.settled();
    expect(host.live).toBe(digest('a'));
    expect(host.states().at(-1)).toEqual([2n, TARGET_STATE_ACTIVATED]);
  });

  it('reports a failure with its code, and tries again after a pause', async () => {
    const { host, clock, reconciler } = setUp();
    reconciler.follow(desired(1, 'a'));
    await clock.settled();
    const full = new ShoalError({
      code: 'SHOAL_STORE_FULL',
      status: Status.RESOURCE_EXHAUSTED,
      message: 'full',
      remedy: 'Free space.',
    });
    host.fetches[0]?.fail(full);
    await clock.settled();
    expect(host.reports.at(-1)?.transition).toEqual({
      state: TARGET_STATE_FAILED,
      errorCode: 'SHOAL_STORE_FULL',
      errorMessage: 'full Free space.',
    });
    expect(host.fetches).toHaveLength(1);
    await clock.advance(1_000);
    host.fetches[1]?.finish();
    await clock.settled();
    expect(host.states().at(-1)).toEqual([1n, TARGET_STATE_ACTIVATED]);
  });

  it('does not wait out the pause when a newer directive comes', async () => {
    const { host, clock, reconciler } = setUp();
    reconciler.follow(desired(1, 'a'));
    await clock.settled();
    host.fetches[0]?.fail(new Error('dead swarm'));
    await clock.settled();
    reconciler.follow(desired(2, 'a'));
    await clock.settled();
    expect(host.fetches).toHaveLength(2);
  });

  it('puts right what was changed by hand, at the next look', async () => {
    const { host, clock, reconciler } = setUp();
    host.published.add(digest('a'));
    reconciler.follow(desired(1, 'a'));
    await clock.settled();
    host.live = digest('c');
    reconciler.follow(desired(1, 'a'));
    await clock.settled();
    expect(host.live).toBe(digest('a'));
  });

  it('ends a fetch when stopped, without a report', async () => {
    const { host, clock, reconciler } = setUp();
    reconciler.follow(desired(1, 'a'));
    await clock.settled();
    await reconciler.stop();
    expect(host.fetches[0]?.signal.aborted).toBe(true);
    expect(host.states()).toEqual([[1n, TARGET_STATE_FETCHING]]);
    expect(reconciler.follow(desired(2, 'b'))).toBe(false);
  });
});
