import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type artifacts,
  type Database,
  directives,
  type PageRequest,
  type RolloutTargetRow,
  rollouts,
  rolloutTargets,
} from '@shoal/database';
import { describe, expect, it } from 'vitest';
import { createRollout, digestOf, freshNamespace, publishArtifact, sayHello } from './fixtures.ts';

/** More than fits into the bind parameters of one statement, in each of the tables. */
const FLEET = 14_000;

/** Rollouts, their targets and directives. */
export function rolloutContract(current: () => Database): void {
  const put = (
    artifact: artifacts.ArtifactView,
    rolloutId: string,
    hostIds: readonly string[],
  ): Promise<readonly rolloutTargets.NewTarget[]> =>
    current().transaction(async (transaction) => {
      const { namespace, name, version, contentDigest, size } = artifact;
      const targets = await directives.put(
        transaction,
        {
          ...{ namespace, name, version, contentDigest, size, rolloutId },
          phase: 'activate',
          principal: 'operator',
          traceparent: '',
        },
        hostIds,
      );
      await rolloutTargets.add(transaction, { namespace, rolloutId }, targets);
      return targets;
    });

  const targetsOf = async (rollout: rolloutTargets.RolloutReference, page: Partial<PageRequest> = {}) => {
    const filter = { ...rollout, states: [], pageSize: 0, pageToken: '', ...page };
    return (await rolloutTargets.list(current().db, filter)).items;
  };

  /** A rollout to hosts `a` and `b` that said hello. */
  const rollOut = async () => {
    const namespace = freshNamespace();
    for (const host of ['a', 'b']) await sayHello(current().db, namespace, host);
    const artifact = await publishArtifact(current().db, namespace, 'web', '1');
    const rolloutId = await createRollout(current().db, artifact);
    const targets = await put(artifact, rolloutId, ['a', 'b']);
    const revisionOf = (hostId: string) => targets.find((target) => target.hostId === hostId)!.revision;
    const reportOf = (
      hostId: string,
      said: Partial<rolloutTargets.TargetReport>,
    ): rolloutTargets.TargetReport => ({
      namespace,
      rolloutId,
      hostId,
      revision: revisionOf(hostId),
      state: 'fetching',
      transfer: null,
      errorCode: '',
      errorMessage: '',
      verifiedDigest: null,
      reportedAt: new Date(1_000),
      ...said,
    });
    /** Whether it was news. */
    const report = async (hostId: string, said: Partial<rolloutTargets.TargetReport>) =>
      (await rolloutTargets.report(current().db, [reportOf(hostId, said)])).length === 1;
    const stateOf = async (hostId: string) =>
      (await targetsOf({ namespace, rolloutId })).find((target) => target.hostId === hostId)?.state;
    return { namespace, artifact, rolloutId, report, reportOf, revisionOf, stateOf };
  };

  describe('rollouts', () => {
    it('are made once for an idempotency key, also by many at once', async () => {
      const artifact = await publishArtifact(current().db, freshNamespace(), 'web', '1');
      const ids = await Promise.all([1, 2, 3, 4].map(() => createRollout(current().db, artifact, 'job 7')));
      expect(new Set(ids).size).toBe(1);
      const [first, second] = [
        await createRollout(current().db, artifact),
        await createRollout(current().db, artifact),
      ];
      expect(first).not.toBe(second);
    });

    it('are read with their targets counted, newest first, in pages', async () => {
      const { namespace, rolloutId, report, artifact } = await rollOut();
      await report('a', { state: 'activated', verifiedDigest: digestOf('web 1') });
      await report('b', { state: 'failed', errorCode: 'SHOAL_DISK_FULL' });
      expect(await rollouts.find(current().db, namespace, rolloutId)).toMatchObject({
        targetCount: 2,
        activatedCount: 1,
        failedCount: 1,
        state: 'running',
        selector: { zone: 'eu-1' },
        size: 5_000_000_000n,
      });
      const later = await createRollout(current().db, artifact);
      const filter = { namespace, name: 'web', pageSize: 1 };
      const first = await rollouts.list(current().db, { ...filter, pageToken: '' });
      const second = await rollouts.list(current().db, { ...filter, pageToken: first.nextPageToken });
      expect([...first.items, ...second.items].map((item) => item.rolloutId)).toEqual([later, rolloutId]);
      expect(first.items[0]?.targetCount).toBe(0);
      expect(await rollouts.find(current().db, freshNamespace(), rolloutId)).toBeUndefined();
    });

    it('are over once no target is on its way: completed, or failed when one failed', async () => {
      const { namespace, rolloutId, report } = await rollOut();
      const settle = () => rollouts.settle(current().db, namespace, rolloutId);
      await report('a', { state: 'activated' });
      expect(await settle()).toBeUndefined();
      await report('b', { state: 'failed', errorCode: 'SHOAL_DISK_FULL' });
      expect(await settle()).toBe('failed');
      expect(await settle()).toBeUndefined();
      const over = await rollouts.find(current().db, namespace, rolloutId);
      expect(over?.finishedAt).toBeInstanceOf(Date);

      const other = await rollOut();
      await other.report('a', { state: 'activated' });
      await other.report('b', { state: 'activated' });
      expect(await rollouts.settle(current().db, other.namespace, other.rolloutId)).toBe('completed');
    });

    it('stay failed while the host tries again, and are completed once it has activated after all', async () => {
      const { namespace, rolloutId, report } = await rollOut();
      const settle = () => rollouts.settle(current().db, namespace, rolloutId);
      const find = async () => (await rollouts.find(current().db, namespace, rolloutId))!;
      await report('a', { state: 'activated' });
      await report('b', { state: 'failed', errorCode: 'SHOAL_FETCH_STALLED', reportedAt: new Date(1_000) });
      expect(await settle()).toBe('failed');
      const { finishedAt } = await find();
      await report('b', { state: 'fetching', reportedAt: new Date(2_000) });
      expect(await settle()).toBeUndefined();
      expect(await find()).toMatchObject({ state: 'failed', failedCount: 0, finishedAt });
      await report('b', { state: 'failed', reportedAt: new Date(3_000) });
      expect(await settle()).toBeUndefined();
      await report('b', { state: 'activated', reportedAt: new Date(4_000) });
      expect(await settle()).toBe('completed');
      const over = await find();
      expect(over).toMatchObject({ activatedCount: 2, failedCount: 0 });
      expect(over.finishedAt!.getTime()).toBeGreaterThanOrEqual(finishedAt!.getTime());
      expect(await settle()).toBeUndefined();
    });

    it('are completed when two transactions end the last two targets at the same time', async () => {
      const { namespace, rolloutId, reportOf } = await rollOut();
      const waiting = new Set(['a', 'b']);
      const bothReported = Promise.withResolvers<undefined>();
      const activate = (hostId: string) =>
        current().transaction(async (transaction) => {
          await rolloutTargets.report(transaction, [reportOf(hostId, { state: 'activated' })]);
          waiting.delete(hostId);
          if (waiting.size === 0) bothReported.resolve(undefined);
          // PGlite runs one transaction after the other: there the second cannot have reported yet.
          await Promise.race([bothReported.promise, sleep(1_000)]);
          return rollouts.settle(transaction, namespace, rolloutId);
        });
      const states = await Promise.all([activate('a'), activate('b')]);
      expect(states.filter((state) => state !== undefined)).toEqual(['completed']);
    });
  });

  describe('rollout targets', () => {
    it('take news in order, with what came with it', async () => {
      const { namespace, rolloutId, report } = await rollOut();
      const transfer = {
        bytesDone: '9007199254740993',
        bytesFromSeeders: '1',
        bytesFromPeers: '2',
        bytesFromOrigins: '3',
        bytesUploaded: '3',
        bytesWasted: '0',
        bytesReused: '6',
        rate: '4',
        elapsedMillis: '5',
        peers: 6,
        bytesTotal: '7',
      };
      const verifiedDigest = digestOf('web 1');
      expect(await report('a', { state: 'fetching', transfer })).toBe(true);
      expect(await report('a', { state: 'fetched', verifiedDigest, reportedAt: new Date(2_000) })).toBe(true);
      expect(await report('a', { state: 'activated', transfer, verifiedDigest })).toBe(true);
      const [target] = await targetsOf({ namespace, rolloutId });
      expect(target).toMatchObject({ state: 'activated', transfer, verifiedDigest: digestOf('web 1') });
    });

    it('take the reports of many hosts at once, several of one host in their order', async () => {
      const { namespace, rolloutId, reportOf, stateOf } = await rollOut();
      const failed = { state: 'failed', errorCode: 'SHOAL_DISK_FULL', errorMessage: `it's "full"` } as const;
      const said = [
        reportOf('a', { state: 'fetching', reportedAt: new Date(1_000) }),
        reportOf('b', { ...failed, reportedAt: new Date(1_000) }),
        reportOf('a', { state: 'activated', reportedAt: new Date(2_000), verifiedDigest: digestOf('web 1') }),
        { ...reportOf('a', { state: 'activated' }), hostId: 'nobody' },
      ];
      const changed = await rolloutTargets.report(current().db, said);
      const target = { namespace, rolloutId };
      expect(new Set(changed.map(({ hostId }) => hostId))).toEqual(new Set(['a', 'b']));
      expect(changed[0]).toMatchObject(target);
      expect([await stateOf('a'), await stateOf('b')]).toEqual(['activated', 'failed']);
      expect((await targetsOf({ namespace, rolloutId }))[1]).toMatchObject(failed);
      expect(await rolloutTargets.report(current().db, said)).toEqual([]);
      expect(await rolloutTargets.report(current().db, [])).toEqual([]);
    });

    it('ignore repeats and older reports', async () => {
      const { report, revisionOf, stateOf } = await rollOut();
      await report('a', { state: 'fetched', reportedAt: new Date(2_000) });
      expect(await report('a', { state: 'fetched', reportedAt: new Date(2_000) })).toBe(false);
      expect(await report('a', { state: 'fetching', reportedAt: new Date(1_000) })).toBe(false);
      expect(await report('a', { state: 'activated', revision: revisionOf('a') - 1n })).toBe(false);
      expect(await stateOf('a')).toBe('fetched');
      await report('a', { state: 'activated', reportedAt: new Date(3_000) });
      expect(await report('a', { state: 'failed', reportedAt: new Date(4_000) })).toBe(false);
      expect(await stateOf('a')).toBe('activated');
    });

    it('count as activated whatever the host has for a time', async () => {
      const { report, stateOf } = await rollOut();
      await report('a', { state: 'fetching', reportedAt: new Date(9_000) });
      expect(await report('a', { state: 'activated', reportedAt: new Date(1_000) })).toBe(true);
      expect(await stateOf('a')).toBe('activated');
    });

    it('follow the latest report: can fail, be tried again and succeed', async () => {
      const { report, stateOf } = await rollOut();
      await report('a', { state: 'failed', reportedAt: new Date(1_000), errorCode: 'SHOAL_DISK_FULL' });
      expect(await report('a', { state: 'fetching', reportedAt: new Date(2_000) })).toBe(true);
      expect(await report('a', { state: 'failed', reportedAt: new Date(1_000) })).toBe(false);
      expect(await stateOf('a')).toBe('fetching');
      expect(await report('a', { state: 'fetched', reportedAt: new Date(3_000) })).toBe(true);
      expect(await report('a', { state: 'failed', reportedAt: new Date(4_000) })).toBe(true);
      expect(await report('a', { state: 'activated', reportedAt: new Date(5_000) })).toBe(true);
      expect(await stateOf('a')).toBe('activated');
    });

    it('take a report of a newer directive, whatever was before', async () => {
      const { report, revisionOf, stateOf } = await rollOut();
      await report('a', { state: 'activated', reportedAt: new Date(2_000) });
      expect(await report('a', { revision: revisionOf('a') + 1n, reportedAt: new Date(1_000) })).toBe(true);
      expect(await stateOf('a')).toBe('fetching');
    });

    it('are taken over by a later rollout of the same name, unless they are activated', async () => {
      const { namespace, artifact, rolloutId, report, stateOf } = await rollOut();
      await report('a', { state: 'activated' });
      const next = await publishArtifact(current().db, namespace, 'web', '2');
      const nextId = await createRollout(current().db, next);
      await put(next, nextId, ['a', 'b']);
      const by = { namespace, rolloutId: nextId, name: artifact.name };
      expect(await rolloutTargets.supersede(current().db, by)).toEqual([rolloutId]);
      expect([await stateOf('a'), await stateOf('b')]).toEqual(['activated', 'superseded']);
      expect(await report('b', { state: 'activated' })).toBe(false);
      expect(await rollouts.settle(current().db, namespace, rolloutId)).toBe('superseded');
      expect(await rollouts.settle(current().db, namespace, rolloutId)).toBeUndefined();
      const taker = await targetsOf({ namespace, rolloutId: nextId });
      expect(taker.map((target) => target.state)).toEqual(['pending', 'pending']);
    });

    it('are open for a host until it has activated them', async () => {
      const { namespace, rolloutId, artifact, report, revisionOf } = await rollOut();
      await report('a', { state: 'failed', errorCode: 'SHOAL_DISK_FULL' });
      await report('b', { state: 'activated' });
      const { name, contentDigest } = artifact;
      const open = { rolloutId, revision: revisionOf('a'), name, contentDigest, transfer: null };
      expect(await rolloutTargets.openOfHost(current().db, namespace, 'a')).toEqual([open]);
      expect(await rolloutTargets.openOfHost(current().db, namespace, 'b')).toEqual([]);
    });

    it('are listed by host in pages, also only those in some states', async () => {
      const { namespace, rolloutId, report } = await rollOut();
      await report('b', { state: 'failed', errorCode: 'SHOAL_DISK_FULL' });
      const filter = { namespace, rolloutId, states: [], pageSize: 1, pageToken: '' };
      const first = await rolloutTargets.list(current().db, filter);
      const second = await rolloutTargets.list(current().db, { ...filter, pageToken: first.nextPageToken });
      expect([...first.items, ...second.items].map((target) => target.hostId)).toEqual(['a', 'b']);
      expect(second.nextPageToken).toBe('');
      const failed = await rolloutTargets.list(current().db, { ...filter, states: ['failed', 'superseded'] });
      expect(failed.items.map((target) => target.hostId)).toEqual(['b']);
      await expect(rolloutTargets.list(current().db, { ...filter, pageSize: 1_001 })).rejects.toMatchObject({
        code: 'SHOAL_DATABASE_BAD_PAGE',
      });
      expect(await targetsOf({ namespace: freshNamespace(), rolloutId })).toEqual([]);
    });

    it('tell watchers what changed since they looked, in parts', async () => {
      const { namespace, rolloutId, report } = await rollOut();
      const { db } = current();
      const changes = async (cursor: bigint, limit: number) => {
        const parts: (readonly RolloutTargetRow[])[] = [];
        for await (const part of rolloutTargets.changesSince(db, { namespace, rolloutId }, cursor, limit)) {
          parts.push(part);
        }
        return parts.map((part) => part.map((target) => `${target.hostId} ${target.state}`));
      };
      const first = await rolloutTargets.changeCursor(db);
      expect(await changes(0n, 500)).toEqual([['a pending', 'b pending']]);
      expect(await changes(0n, 1)).toEqual([['a pending'], ['b pending']]);
      await report('b', { state: 'fetched' });
      const second = await rolloutTargets.changeCursor(db);
      expect((await changes(first, 500)).flat()).toContain('b fetched');
      await report('a', { state: 'fetched' });
      expect((await changes(second, 500)).flat()).toContain('a fetched');
      expect(await changes(2n ** 62n, 500)).toEqual([]);
    });
  });

  describe('directives', () => {
    it('have one row for each host and name, with revisions that grow', async () => {
      const { namespace, artifact, rolloutId, revisionOf } = await rollOut();
      const newer = await publishArtifact(current().db, namespace, 'web', '2');
      const newerId = await createRollout(current().db, newer);
      const [replaced] = await put(newer, newerId, ['a']);
      const api = await publishArtifact(current().db, namespace, 'api', '1');
      await put(api, await createRollout(current().db, api), ['a']);
      expect(replaced!.revision > revisionOf('a')).toBe(true);
      const rows = await directives.ofHosts(current().db, namespace, ['a', 'b', 'unknown']);
      expect(rows.map((row) => [row.hostId, row.name, row.version])).toEqual([
        ['a', 'api', '1'],
        ['a', 'web', '2'],
        ['b', 'web', '1'],
      ]);
      expect(rows[2]).toMatchObject({ rolloutId, contentDigest: artifact.contentDigest, phase: 'activate' });
      expect(await directives.ofHosts(current().db, namespace, [])).toEqual([]);
    });

    it('tell which hosts have any, in parts', async () => {
      const { namespace, artifact, revisionOf } = await rollOut();
      const other = await publishArtifact(current().db, namespace, 'api', '1');
      const [api] = await put(other, await createRollout(current().db, other), ['b']);
      const part = (hostId: string, limit: number) =>
        directives.directedHosts(current().db, { namespace, hostId }, limit);
      expect(await part('', 1)).toEqual([{ namespace, hostId: 'a', revision: revisionOf('a') }]);
      expect((await part('a', 1)).map((host) => host.revision)).toEqual([api!.revision]);
      const everywhere = await directives.directedHosts(current().db, undefined, 1_000);
      expect(everywhere.filter((host) => host.namespace === artifact.namespace)).toHaveLength(2);
    });

    it(`are written for ${FLEET} hosts at once`, async () => {
      const artifact = await publishArtifact(current().db, freshNamespace(), 'web', '1');
      const rolloutId = await createRollout(current().db, artifact);
      const hostIds = Array.from({ length: FLEET }, (_, index) => `host-${index}`);
      const targets = await put(artifact, rolloutId, hostIds);
      expect(new Set(targets.map((target) => target.revision)).size).toBe(FLEET);
      const found = await rollouts.find(current().db, artifact.namespace, rolloutId);
      expect(found?.targetCount).toBe(FLEET);
    });

    it('become visible to a host in the order of their revisions', async () => {
      const namespace = freshNamespace();
      await sayHello(current().db, namespace, 'a');
      const names = Array.from({ length: 8 }, (_, index) => `app-${index}`);
      const versions = await Promise.all(
        names.map(async (name) => {
          const artifact = await publishArtifact(current().db, namespace, name, randomUUID());
          return { artifact, rolloutId: await createRollout(current().db, artifact) };
        }),
      );
      // Each writer reads, after its commit, what a host would see: a lower revision may not be missing there.
      const seen = await Promise.all(
        versions.map(async ({ artifact, rolloutId }) => {
          const [mine] = await put(artifact, rolloutId, ['a']);
          const rows = await directives.ofHosts(current().db, namespace, ['a']);
          return { mine: mine!.revision, rows: new Set(rows.map((row) => row.revision)) };
        }),
      );
      for (const { mine, rows } of seen) {
        const lower = seen.map((other) => other.mine).filter((revision) => revision <= mine);
        expect(lower.every((revision) => rows.has(revision))).toBe(true);
      }
    });
  });
}
