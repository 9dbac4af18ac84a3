import { randomUUID } from 'node:crypto';
import {
  GetRolloutResponse,
  HostReport,
  type RolloutTarget,
  TargetState,
  WatchRolloutResponse,
} from '@shoal/contracts';
import { rollouts, rolloutTargets } from '@shoal/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_ERROR_MESSAGE, WATCH_CHUNK } from '../constants.ts';
import { publishBuild, startCatalog, type TestCatalog } from '../testing/test-catalog.ts';

const NAMESPACE = 'default';
const HOSTS = 20_000;

/** What a gRPC client takes in one message, unless told otherwise. */
const GRPC_MESSAGE_BYTES = 4 * 2 ** 20;

const { TARGET_STATE_ACTIVATED, TARGET_STATE_FAILED, TARGET_STATE_PENDING } = TargetState;

describe(`a rollout to ${HOSTS} hosts`, () => {
  let catalog: TestCatalog;
  let rolloutId: string;

  beforeAll(async () => {
    catalog = await startCatalog();
    const { contentDigest } = await publishBuild(catalog, { name: 'web', version: '1', files: { a: 'one' } });
    rolloutId = randomUUID();
    const { db } = catalog.database;
    await rollouts.create(db, {
      rolloutId,
      namespace: NAMESPACE,
      principal: 'anonymous',
      name: 'web',
      version: '1',
      contentDigest,
      selector: {},
      size: 3n,
      traceparent: '',
      idempotencyKey: '',
    });
    const hostIds = Array.from({ length: HOSTS }, (_, index) => `host-${String(index).padStart(5, '0')}`);
    const targets = hostIds.map((hostId) => ({ hostId, revision: 1n }));
    await rolloutTargets.add(db, { namespace: NAMESPACE, rolloutId }, targets);
    const failing = hostIds.filter((_, index) => index % 10 === 0);
    await rolloutTargets.report(db, failing.map(failed));
  });
  afterAll(() => catalog.stop());

  /** With the longest message there can be. */
  function failed(hostId: string): rolloutTargets.TargetReport {
    return {
      namespace: NAMESPACE,
      rolloutId,
      hostId,
      revision: 1n,
      state: 'failed',
      transfer: null,
      errorCode: 'SHOAL_STORE_FULL',
      errorMessage: '€'.repeat(MAX_ERROR_MESSAGE),
      verifiedDigest: null,
      reportedAt: new Date(1_000),
    };
  }

  async function pages(request: { readonly pageSize: number; readonly targetStates?: TargetState[] }) {
    const found: GetRolloutResponse[] = [];
    let pageToken = '';
    do {
      const page = await catalog.rollouts.getRollout({
        namespace: NAMESPACE,
        rolloutId,
        ...request,
        pageToken,
      });
      found.push(page);
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    return found;
  }

  it('is read in pages, each of which fits into a message', async () => {
    const read = await pages({ pageSize: 1_000 });
    expect(read).toHaveLength(HOSTS / 1_000);
    const ids = read.flatMap(({ targets }) => targets.map(({ hostId }) => hostId));
    expect(new Set(ids).size).toBe(HOSTS);
    expect(ids).toEqual([...ids].sort());
    for (const page of read) {
      expect(GetRolloutResponse.encode(page).finish().length).toBeLessThan(GRPC_MESSAGE_BYTES);
    }
    expect(read[0]?.rollout).toMatchObject({ targetCount: HOSTS, failedCount: HOSTS / 10 });
  });

  it('fits also with the longest messages of a page full of failures', async () => {
    const [page] = await pages({ pageSize: 1_000, targetStates: [TARGET_STATE_FAILED] });
    expect(page?.targets).toHaveLength(1_000);
    expect(page?.targets.every(({ state }) => state === TARGET_STATE_FAILED)).toBe(true);
    const bytes = GetRolloutResponse.encode(page!).finish().length;
    expect(bytes).toBeGreaterThan(3_000_000);
    expect(bytes).toBeLessThan(GRPC_MESSAGE_BYTES);
  });

  it('gives 100 targets unless asked for more, and refuses a state that is none', async () => {
    const { targets } = await catalog.rollouts.getRollout({ namespace: NAMESPACE, rolloutId });
    expect(targets).toHaveLength(100);
    const unknown = { namespace: NAMESPACE, rolloutId, targetStates: [TargetState.TARGET_STATE_UNSPECIFIED] };
    await expect(catalog.rollouts.getRollout(unknown)).rejects.toMatchObject({
      code: 'SHOAL_CATALOG_INVALID_REQUEST',
    });
  });

  it('is watched in messages of bounded size: every target once, then what changes', async () => {
    const seen = new Map<string, RolloutTarget>();
    let reported = false;
    for await (const message of catalog.rollouts.watchRollout({ namespace: NAMESPACE, rolloutId })) {
      expect(message.targets.length).toBeLessThanOrEqual(WATCH_CHUNK);
      expect(WatchRolloutResponse.encode(message).finish().length).toBeLessThan(GRPC_MESSAGE_BYTES);
      if (seen.size < HOSTS) expect(message.targets.some(({ hostId }) => seen.has(hostId))).toBe(false);
      for (const target of message.targets) seen.set(target.hostId, target);
      if (seen.size === HOSTS && !reported) {
        reported = true;
        expect(seen.get('host-00001')?.state).toBe(TARGET_STATE_PENDING);
        await catalog.fleet.report({ report: activated('host-00001') });
      }
      if (seen.get('host-00001')?.state === TARGET_STATE_ACTIVATED) break;
    }
    expect(seen.size).toBe(HOSTS);
  });

  function activated(hostId: string): HostReport {
    return HostReport.fromPartial({
      namespace: NAMESPACE,
      hostId,
      rolloutId,
      revision: 1n,
      target: { state: TARGET_STATE_ACTIVATED, updatedAt: new Date() },
    });
  }
});
