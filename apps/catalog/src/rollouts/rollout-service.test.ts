import { randomUUID } from 'node:crypto';
import {
  HostDirectives,
  HostReport,
  MemberRole,
  RolloutState,
  type RolloutTarget,
  TargetState,
  type WatchRolloutResponse,
} from '@shoal/contracts';
import {
  DIRECTIVES_BUCKET,
  directivesKey,
  nudgeSubject,
  progressSubject,
  reportSubject,
} from '@shoal/messaging';
import { withSpan } from '@shoal/service';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { helloAgent, publishBuild, startCatalog, type TestCatalog } from '../testing/test-catalog.ts';

const NAMESPACE = 'default';
const { ROLLOUT_STATE_COMPLETED, ROLLOUT_STATE_FAILED, ROLLOUT_STATE_RUNNING, ROLLOUT_STATE_SUPERSEDED } =
  RolloutState;
const { TARGET_STATE_ACTIVATED, TARGET_STATE_FAILED, TARGET_STATE_FETCHING, TARGET_STATE_SUPERSEDED } =
  TargetState;

describe('rollouts', () => {
  let catalog: TestCatalog;

  beforeAll(async () => {
    catalog = await startCatalog();
    await publishBuild(catalog, { name: 'web', version: '1', files: { a: 'one' } });
    await publishBuild(catalog, { name: 'web', version: '2', files: { a: 'two' } });
  });
  afterAll(() => catalog.stop());

  /** Two agents of their own for a test; labels select them. */
  async function twoAgents(): Promise<{ readonly test: string; readonly hosts: readonly [string, string] }> {
    const test = randomUUID();
    const hosts = [`a-${test}`, `b-${test}`] as const;
    for (const host of hosts) await helloAgent(catalog, host, { test });
    return { test, hosts };
  }

  async function create(selector: Record<string, string>, version = '') {
    const { rollout } = await catalog.rollouts.createRollout({
      namespace: NAMESPACE,
      name: 'web',
      version,
      selector,
    });
    return rollout!;
  }

  it('resolves version and selector, and hands every host its directive on the bus', async () => {
    const { test, hosts } = await twoAgents();
    const nudged = Promise.withResolvers<undefined>();
    const subscription = catalog.bus.subscribe(nudgeSubject(NAMESPACE, hosts[1]), () =>
      nudged.resolve(undefined),
    );
    await subscription.ready();
    const rollout = await create({ test });
    expect(rollout).toMatchObject({
      name: 'web',
      version: '2',
      state: ROLLOUT_STATE_RUNNING,
      targetCount: 2,
    });
    await nudged.promise;
    const entry = await catalog.bus.bucket(DIRECTIVES_BUCKET).get(directivesKey(NAMESPACE, hosts[1]));
    const projected = HostDirectives.decode(entry!.value);
    expect(projected.directives).toMatchObject([{ name: 'web', version: '2', rolloutId: rollout.rolloutId }]);
    expect(projected.revision).toBe(projected.directives[0]?.revision);
    const { directives } = await catalog.fleet.getDirective({ namespace: NAMESPACE, hostId: hosts[1] });
    expect(HostDirectives.encode(directives!).finish()).toEqual(entry!.value);
    await subscription.stop();
  });

  it('carries the trace of the request into directives and nudges', async () => {
    const { test, hosts } = await twoAgents();
    const nudge = Promise.withResolvers<string | undefined>();
    const subscription = catalog.bus.subscribe(nudgeSubject(NAMESPACE, hosts[0]), ({ headers }) =>
      nudge.resolve(headers['traceparent']),
    );
    await subscription.ready();
    const { traceId, rollout } = await withSpan(catalog.telemetry, 'test', {}, async (span) => ({
      traceId: span.spanContext().traceId,
      rollout: await create({ test }),
    }));
    expect(rollout.traceId).toBe(traceId);
    const { directives } = await catalog.fleet.getDirective({ namespace: NAMESPACE, hostId: hosts[0] });
    expect(directives?.directives[0]?.traceparent).toContain(traceId);
    expect(await nudge.promise).toContain(traceId);
    await subscription.stop();
  });

  it('refuses a rollout that nobody would get, or nobody could send', async () => {
    await expect(create({ test: 'nobody' })).rejects.toMatchObject({
      code: 'SHOAL_ROLLOUT_NO_TARGETS',
      message: expect.stringContaining('test=nobody') as string,
    });
    const { test } = await twoAgents();
    await expect(create({ test }, '3')).rejects.toMatchObject({ code: 'SHOAL_ARTIFACT_NOT_FOUND' });
    const { db } = catalog.database;
    await db.updateTable('copies').set({ state: 'lost' }).execute();
    try {
      await expect(create({ test })).rejects.toMatchObject({ code: 'SHOAL_ROLLOUT_NO_COPY' });
    } finally {
      await db.updateTable('copies').set({ state: 'durable' }).execute();
    }
  });

  it('returns the first rollout for the same idempotency key', async () => {
    const { test } = await twoAgents();
    const request = {
      namespace: NAMESPACE,
      name: 'web',
      version: '1',
      selector: { test },
      idempotencyKey: test,
    };
    const first = await catalog.rollouts.createRollout(request);
    const second = await catalog.rollouts.createRollout({ ...request, version: '2' });
    expect(second.rollout).toEqual(first.rollout);
  });

  it('is watched from its first state to its end, with progress in between', async () => {
    const { test, hosts } = await twoAgents();
    const rollout = await create({ test });
    const watched = watch(catalog, rollout.rolloutId);
    const first = await watched.next();
    expect(first.targets.map((target) => target.hostId)).toEqual(hosts);

    const fetching = report(rollout.rolloutId, hosts[0], { state: TARGET_STATE_FETCHING });
    const transfer = { bytesDone: 5n, bytesTotal: 9n };
    await catalog.fleet.report({ report: fetching });
    const progress = { ...fetching, target: { ...fetching.target, transfer } };
    const payload = HostReport.encode(HostReport.fromPartial(progress)).finish();
    await catalog.bus.publish(progressSubject(NAMESPACE, rollout.rolloutId), payload);
    expect(await watched.until(hosts[0], (target) => target.transfer?.bytesDone === 5n)).toMatchObject({
      state: TARGET_STATE_FETCHING,
    });

    await activate(catalog, rollout.rolloutId, hosts);
    const last = await watched.end();
    expect(last.rollout).toMatchObject({ state: ROLLOUT_STATE_COMPLETED, activatedCount: 2, failedCount: 0 });
    expect(last.rollout?.finishedAt).toBeInstanceOf(Date);
  });

  it('takes reports from the bus, and fails when a host did', async () => {
    const { test, hosts } = await twoAgents();
    const { rolloutId } = await create({ test });
    const watched = watch(catalog, rolloutId);
    const failure = { state: TARGET_STATE_FAILED, errorCode: 'SHOAL_STORE_FULL', errorMessage: 'no\nspace' };
    await publishReport(catalog, report(rolloutId, hosts[0], { state: TARGET_STATE_ACTIVATED }));
    await publishReport(catalog, report(rolloutId, hosts[1], failure));
    const { rollout } = await watched.end();
    expect(rollout).toMatchObject({ state: ROLLOUT_STATE_FAILED, activatedCount: 1, failedCount: 1 });
    const { targets } = await catalog.rollouts.getRollout({ namespace: NAMESPACE, rolloutId });
    expect(targets[1]).toMatchObject({ errorCode: 'SHOAL_STORE_FULL', errorMessage: 'no space' });
  });

  it('ends its watch as failed, and is completed all the same when the host makes it later', async () => {
    const { test, hosts } = await twoAgents();
    const { rolloutId } = await create({ test });
    const stalled = { state: TARGET_STATE_FAILED, errorCode: 'SHOAL_FETCH_STALLED' };
    await activate(catalog, rolloutId, [hosts[0]]);
    await catalog.fleet.report({ report: report(rolloutId, hosts[1], stalled) });
    expect((await watch(catalog, rolloutId).end()).rollout?.state).toBe(ROLLOUT_STATE_FAILED);

    await catalog.fleet.report({ report: report(rolloutId, hosts[1], { state: TARGET_STATE_FETCHING }) });
    const trying = await watch(catalog, rolloutId).end();
    expect(trying.rollout).toMatchObject({ state: ROLLOUT_STATE_FAILED, failedCount: 0 });
    expect(trying.targets[1]?.state).toBe(TARGET_STATE_FETCHING);

    await activate(catalog, rolloutId, [hosts[1]]);
    const made = await watch(catalog, rolloutId).end();
    expect(made.rollout).toMatchObject({ state: ROLLOUT_STATE_COMPLETED, activatedCount: 2, failedCount: 0 });
    expect(made.targets[1]).toMatchObject({ state: TARGET_STATE_ACTIVATED, errorCode: '' });
  });

  it('drops a report that can never be stored, and goes on with the next', async () => {
    const { test, hosts } = await twoAgents();
    const { rolloutId } = await create({ test });
    const subject = reportSubject(NAMESPACE, hosts[0]);
    await catalog.bus.publishDurable(subject, Buffer.from('not a report'), { messageId: randomUUID() });
    await publishReport(catalog, { ...report(rolloutId, hosts[0], {}), target: undefined });
    await activate(catalog, rolloutId, hosts);
    const { rollout } = await catalog.rollouts.getRollout({ namespace: NAMESPACE, rolloutId });
    expect(rollout?.state).toBe(ROLLOUT_STATE_COMPLETED);
    expect(await catalog.telemetry.metricsText()).toMatch(/shoal_catalog_reports_dropped_total\S* 2/);
  });

  it('is over when a later rollout of the same artifact took its hosts', async () => {
    const { test, hosts } = await twoAgents();
    const first = await create({ test }, '1');
    const watched = watch(catalog, first.rolloutId);
    await watched.next();
    await create({ test }, '2');
    const last = await watched.end();
    expect(last.rollout?.state).toBe(ROLLOUT_STATE_SUPERSEDED);
    expect(last.targets.map((target) => target.state)).toEqual([
      TARGET_STATE_SUPERSEDED,
      TARGET_STATE_SUPERSEDED,
    ]);
    const { directives } = await catalog.fleet.getDirective({ namespace: NAMESPACE, hostId: hosts[0] });
    expect(directives?.directives).toMatchObject([{ version: '2' }]);
  });

  it('takes the word of a host twice for a lost report', async () => {
    const { test, hosts } = await twoAgents();
    const { rolloutId } = await create({ test, host: hosts[0] });
    const { directives } = await catalog.fleet.getDirective({ namespace: NAMESPACE, hostId: hosts[0] });
    const { revision, contentDigest } = directives!.directives[0]!;
    const hello = {
      namespace: NAMESPACE,
      role: MemberRole.MEMBER_ROLE_AGENT,
      hostId: hosts[0],
      applied: [{ name: 'web', revision, contentDigest }],
    };
    await catalog.fleet.hello(hello);
    const once = await catalog.rollouts.getRollout({ namespace: NAMESPACE, rolloutId });
    expect(once.rollout?.state).toBe(ROLLOUT_STATE_RUNNING);
    await catalog.fleet.hello(hello);
    const twice = await catalog.rollouts.getRollout({ namespace: NAMESPACE, rolloutId });
    expect(twice.rollout).toMatchObject({ state: ROLLOUT_STATE_COMPLETED, activatedCount: 1 });
  });

  it('lists rollouts, newest first, in pages', async () => {
    const { test } = await twoAgents();
    const first = await create({ test }, '1');
    const second = await create({ test }, '2');
    const request = { namespace: NAMESPACE, name: 'web', pageSize: 1 };
    const one = await catalog.rollouts.listRollouts(request);
    const two = await catalog.rollouts.listRollouts({ ...request, pageToken: one.nextPageToken });
    expect([...one.rollouts, ...two.rollouts].map((rollout) => rollout.rolloutId)).toEqual([
      second.rolloutId,
      first.rolloutId,
    ]);
  });
});

function report(rolloutId: string, hostId: string, target: Partial<RolloutTarget>) {
  return HostReport.fromPartial({
    namespace: NAMESPACE,
    hostId,
    rolloutId,
    // Beyond every revision in this database: the host's latest directive.
    revision: 1_000_000n,
    target: { updatedAt: new Date(), ...target },
  });
}

async function publishReport({ bus }: TestCatalog, said: HostReport): Promise<void> {
  const payload = HostReport.encode(said).finish();
  await bus.publishDurable(reportSubject(NAMESPACE, said.hostId), payload, { messageId: randomUUID() });
}

async function activate(catalog: TestCatalog, rolloutId: string, hosts: readonly string[]): Promise<void> {
  for (const host of hosts) {
    await catalog.fleet.report({ report: report(rolloutId, host, { state: TARGET_STATE_ACTIVATED }) });
  }
}

/** A watch, message by message. */
function watch({ rollouts }: TestCatalog, rolloutId: string) {
  const messages = rollouts.watchRollout({ namespace: NAMESPACE, rolloutId })[Symbol.asyncIterator]();
  async function next(): Promise<WatchRolloutResponse> {
    const { value } = (await messages.next()) as IteratorResult<WatchRolloutResponse, undefined>;
    if (value === undefined) throw new Error('the watch has ended');
    return value;
  }
  return {
    next,
    async until(hostId: string, wanted: (target: RolloutTarget) => boolean): Promise<RolloutTarget> {
      for (;;) {
        const found = (await next()).targets.find((target) => target.hostId === hostId && wanted(target));
        if (found !== undefined) return found;
      }
    },
    /** The last message before the end. */
    async end(): Promise<WatchRolloutResponse> {
      let last = await next();
      for (;;) {
        const result = (await messages.next()) as IteratorResult<WatchRolloutResponse, undefined>;
        if (result.value === undefined) return last;
        last = result.value;
      }
    },
  };
}
