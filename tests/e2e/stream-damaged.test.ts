import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { AgentAddresses } from '@shoal/agent';
import { MemberRole } from '@shoal/contracts';
import { afterAll, expect, it } from 'vitest';
import { startChild } from './support/child.ts';
import { flipBit } from './support/damage.ts';
import { Platform } from './support/platform.ts';
import { push } from './support/push.ts';
import { waitForMembers } from './support/rollout.ts';
import { writeSampleTree } from './support/sample-tree.ts';
import { startStreamFetch } from './support/stream-fetch.ts';
import { until } from './support/until.ts';

const LARGE = 'data/large.bin';
const LARGE_BYTES = 3_000_000;
const DAMAGED_AT = 1_000_000;
const DAMAGED_RANGE = `${DAMAGED_AT}-${DAMAGED_AT + 9}`;

const platform = new Platform();
const stack = new AsyncDisposableStack();
afterAll(async () => {
  await stack.disposeAsync();
  await platform.stop();
});

it('a published tree that is damaged is read from the swarm where it is, and elsewhere as before', async () => {
  await platform.start();
  const seeder = platform.seeder();
  await platform.run(seeder);
  const flags = { ...platform.agentFlags('agent-1'), scrubCheckInterval: '1s' };
  const agent = await startChild<AgentAddresses>('agent', flags);
  stack.defer(() => agent.kill());
  await waitForMembers(platform, MemberRole.MEMBER_ROLE_AGENT, 1);
  const root = join(platform.directory, 'build');
  await writeSampleTree(root, LARGE_BYTES);
  const large = await readFile(join(root, LARGE));
  await push(platform, { root, name: 'web', version: '1' });
  const running = await startStreamFetch('web@1', '--agent-socket', agent.addresses.api);
  stack.defer(async () => {
    await running.end();
  });
  const url = new URL(`files/web/${LARGE}`, running.url).href;
  const curl = async (range: string, seconds: number): Promise<Buffer> => {
    const args = ['-sSf', '--max-time', String(seconds), '-r', range, url];
    return (await promisify(execFile)('curl', args, { encoding: 'buffer' })).stdout;
  };
  const path = await running.fetched;
  await seeder.stop();

  await flipBit(join(path, LARGE), DAMAGED_AT);
  await until('the agent knows', async () => {
    const metrics = await (await fetch(`http://${agent.addresses.http}/metrics`)).text();
    return /^shoal_scrub_damaged_trees\S* 1$/m.test(metrics) ? true : undefined;
  });
  expect(await curl('0-9', 60)).toEqual(large.subarray(0, 10));
  await expect(curl(DAMAGED_RANGE, 2)).rejects.toMatchObject({ stdout: Buffer.alloc(0) });
  const body = curl(DAMAGED_RANGE, 60);
  await platform.run(platform.seeder());
  expect(await body).toEqual(large.subarray(DAMAGED_AT, DAMAGED_AT + 10));
  expect(await curl(DAMAGED_RANGE, 60)).toEqual(large.subarray(DAMAGED_AT, DAMAGED_AT + 10));
});
