import { randomUUID } from 'node:crypto';
import { HostDirectives, HostReport, RolloutState, TargetState } from '@shoal/contracts';
import { createPostgresDatabase } from '@shoal/database';
import { createNatsBus, DIRECTIVES_BUCKET, directivesKey, reportSubject } from '@shoal/messaging';
import { isAvailable, startNats, startPostgres, type TestNats, type TestPostgres } from '@shoal/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { helloAgent, publishBuild, startCatalog, type TestCatalog } from './testing/test-catalog.ts';

const NAMESPACE = 'default';

/** How long a server that is back may stay unnoticed, in milliseconds: clients try again every second or two. */
const RECOVERY = { timeout: 20_000, interval: 50 };

describe.skipIf(!isAvailable('postgres') || !isAvailable('nats'))('a catalog on PostgreSQL and NATS', () => {
  let postgres: TestPostgres;
  let nats: TestNats;
  let catalog: TestCatalog;

  beforeAll(async () => {
    [postgres, nats] = await Promise.all([startPostgres(), startNats()]);
    const database = createPostgresDatabase({ url: postgres.url });
    const bus = createNatsBus({ report: () => undefined }, { servers: [nats.url], name: 'test' });
    catalog = await startCatalog({ database, bus });
    await publishBuild(catalog, { name: 'web', version: '1', files: { a: 'a' } });
  });
  afterAll(async () => {
    await catalog.stop();
    await Promise.all([postgres.stop(), nats.stop()]);
  });

  async function rollOut(hostId: string): Promise<string> {
    await helloAgent(catalog, hostId);
    const { rollout } = await catalog.rollouts.createRollout({
      namespace: NAMESPACE,
      name: 'web',
      selector: { host: hostId },
    });
    return rollout!.rolloutId;
  }

  async function projected(hostId: string): Promise<readonly string[]> {
    const entry = await catalog.bus.bucket(DIRECTIVES_BUCKET).get(directivesKey(NAMESPACE, hostId));
    return HostDirectives.decode(entry?.value ?? new Uint8Array()).directives.map(
      ({ rolloutId }) => rolloutId,
    );
  }

  const readiness = async () =>
    (await fetch(`http://${catalog.service.addresses?.http ?? ''}/readyz`)).status;

  it('hands directives out over NATS', async () => {
    const rolloutId = await rollOut('host-1');
    await vi.waitFor(async () => expect(await projected('host-1')).toEqual([rolloutId]), RECOVERY);
  });

  it('serves while NATS is away, and hands directives out when it is back', async () => {
    await nats.kill();
    await vi.waitUntil(() => !catalog.bus.connected, RECOVERY);
    expect(await readiness()).toBe(503);
    const rolloutId = await rollOut('host-2');
    const { directives } = await catalog.fleet.getDirective({ namespace: NAMESPACE, hostId: 'host-2' });
    expect(directives?.directives).toMatchObject([{ rolloutId }]);
    await nats.start();
    await vi.waitFor(async () => expect(await projected('host-2')).toEqual([rolloutId]), RECOVERY);
    expect(await readiness()).toBe(200);
  });

  it('says that PostgreSQL is away, and takes the reports of that time when it is back', async () => {
    const rolloutId = await rollOut('host-3');
    const report = HostReport.fromPartial({
      namespace: NAMESPACE,
      hostId: 'host-3',
      rolloutId,
      revision: 1_000_000n,
      target: { state: TargetState.TARGET_STATE_ACTIVATED, updatedAt: new Date() },
    });
    await postgres.kill();
    const get = () => catalog.rollouts.getRollout({ namespace: NAMESPACE, rolloutId });
    await expect(get()).rejects.toMatchObject({ code: 'SHOAL_DATABASE_UNAVAILABLE' });
    expect(await readiness()).toBe(503);
    await catalog.bus.publishDurable(reportSubject(NAMESPACE, 'host-3'), HostReport.encode(report).finish(), {
      messageId: randomUUID(),
    });
    await postgres.start();
    await vi.waitFor(async () => {
      const { rollout } = await get();
      expect(rollout?.state).toBe(RolloutState.ROLLOUT_STATE_COMPLETED);
    }, RECOVERY);
  });
});
