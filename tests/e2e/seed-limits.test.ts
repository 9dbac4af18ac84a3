import { join } from 'node:path';
import { MemberRole } from '@shoal/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeTree } from './support/compare-trees.ts';
import { Platform } from './support/platform.ts';
import { push } from './support/push.ts';
import { rollOut, waitForMembers } from './support/rollout.ts';
import { writeSampleTree } from './support/sample-tree.ts';

const PATIENCE = { timeout: 30_000, interval: 200 };

const platform = new Platform();

beforeAll(async () => {
  await platform.start();
  await platform.run(platform.seeder());
  await waitForMembers(platform, MemberRole.MEMBER_ROLE_SEEDER, 1);
});
afterAll(() => platform.stop());

/** A sample in the Prometheus text format that a service exports. */
async function sample(http: string, series: string): Promise<number> {
  const text = await (await fetch(`http://${http}/metrics`)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(series));
  return Number(line?.split(' ')[1]);
}

it('an agent whose seed time is over leaves the swarm, tells the tracker, and keeps the tree', async () => {
  const root = join(platform.directory, 'build');
  await writeSampleTree(root, 100_000);
  const { contentDigest } = await push(platform, { root, name: 'web', version: '1' });
  const agent = await platform.run(platform.agent('host-1', { seedTimeLimit: 1_000 }));
  await waitForMembers(platform, MemberRole.MEMBER_ROLE_AGENT, 1);
  await rollOut(platform, 'web', '1');
  const limits = () => sample(agent.http, 'shoal_agent_seed_limits_total{limit="seed-time"');
  await expect.poll(limits, PATIENCE).toBe(1);
  // The seeder is left.
  const peers = () => sample(platform.address('tracker http'), 'shoal_tracker_peers');
  await expect.poll(peers, PATIENCE).toBe(1);
  const digest = Buffer.from(contentDigest).toString('hex');
  const published = join(platform.hostDirectory('host-1'), 'store', digest);
  expect(await describeTree(published)).toEqual(await describeTree(root));
  const { artifacts } = await platform.localApi(agent).list({});
  expect(artifacts).toMatchObject([{ name: 'web', complete: true, lifetime: { wastedFailed: 0n } }]);
  expect(Number(artifacts[0]?.seedMillis)).toBeGreaterThanOrEqual(1_000);
});
