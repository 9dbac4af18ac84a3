import { readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentAddresses, AgentService } from '@shoal/agent';
import { type FetchDone, type FetchRequest, MemberRole, type TransferReport } from '@shoal/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeTree } from './support/compare-trees.ts';
import { Platform } from './support/platform.ts';
import { push } from './support/push.ts';
import { waitForMembers } from './support/rollout.ts';
import { writeSampleTree } from './support/sample-tree.ts';

const MIB = 1024 * 1024;
const HOST = 'agent-1';

describe('an agent that fetches parts of artifacts', () => {
  const platform = new Platform();
  let agent: AgentService;
  let addresses: AgentAddresses;
  /** Different content for each push. */
  let seed = 0;
  beforeAll(async () => {
    await platform.start();
    await platform.run(platform.seeder());
    agent = platform.agent(HOST);
    addresses = await platform.run(agent);
    await waitForMembers(platform, MemberRole.MEMBER_ROLE_AGENT, 1);
  });
  afterAll(() => platform.stop());

  async function restartAgent(settled: Record<string, unknown>): Promise<void> {
    await agent.stop();
    agent = platform.agent(HOST, settled);
    addresses = await platform.run(agent);
  }

  async function pushTree(name: string) {
    const root = join(platform.directory, name);
    await writeSampleTree(root, 4 * MIB, (seed += 1));
    const { contentDigest } = await push(platform, { root, name, version: '1' });
    return { name, root, digest: Buffer.from(contentDigest).toString('hex') };
  }

  function pathOf(kind: 'parts' | 'store', digest: string): string {
    return join(platform.hostDirectory(HOST), kind, digest);
  }

  async function fetch(name: string, only: string[] = [], priorities: string[] = []): Promise<FetchDone> {
    const events = platform.localApi(addresses).fetch({ name, only, priorities });
    for await (const { event } of events) if (event?.$case === 'done') return event.value;
    throw new Error('no answer');
  }

  /** Expects a tree to have these entries of another, and no others. */
  async function expectOnly(path: string, root: string, isWanted: (path: string) => boolean): Promise<void> {
    const whole = Object.entries(await describeTree(root));
    expect(await describeTree(path)).toEqual(Object.fromEntries(whole.filter(([entry]) => isWanted(entry))));
  }

  it('makes a tree of its own, adds to it without fetching anything twice, and publishes nothing', async () => {
    const { name, root, digest } = await pushTree('web');
    const part = pathOf('parts', digest);
    const first = await fetch(name, ['bin/**']);
    expect(first.path).toBe(part);
    await expectOnly(part, root, (path) => path === 'bin/run');
    expect(fetchedBytes(first.transfer!)).toBe(Number(first.transfer!.bytesTotal));

    const second = await fetch(name, ['{bin,lib}/**'], ['lib/part-1*=skip']);
    expect(second.path).toBe(part);
    const isWanted = (path: string): boolean => /^(bin|lib)\//.test(path) && !path.startsWith('lib/part-1');
    await expectOnly(part, root, isWanted);
    expect(fetchedBytes(second.transfer!)).toBe(Number(second.transfer!.bytesTotal));

    const third = await fetch(name, ['bin/**']);
    expect(fetchedBytes(third.transfer!)).toBe(0);
    await expectOnly(part, root, isWanted);

    const { artifacts } = await platform.localApi(addresses).list({});
    expect(artifacts.find((held) => held.name === name)).toMatchObject({ complete: false, path: '' });
    expect(await readdir(join(part, '..'))).toEqual([digest]);
    expect(await readdir(join(platform.hostDirectory(HOST), 'store'))).toEqual([]);
  });

  it('takes a part from the published tree, and the published tree from a part', async () => {
    const { name, root, digest } = await pushTree('both');
    const part = await fetch(name, ['data/**']);
    const whole = await fetch(name);
    expect(whole.path).toBe(pathOf('store', digest));
    expect(await describeTree(whole.path)).toEqual(await describeTree(root));
    expect(Number(whole.transfer!.bytesReused)).toBeGreaterThanOrEqual(4 * MIB);
    expect(fetchedBytes(whole.transfer!)).toBeLessThan(MIB);
    await expectOnly(part.path, root, (path) => path.startsWith('data/'));

    const more = await fetch(name, ['lib/**']);
    expect(fetchedBytes(more.transfer!)).toBe(0);
    expect(Number(more.transfer!.bytesReused)).toBeGreaterThan(0);
    await expectOnly(part.path, root, (path) => !path.startsWith('bin/'));
  });

  it('widens a fetch that is under way, and gives way to one of the whole', async () => {
    const { name, root, digest } = await pushTree('slow');
    await restartAgent({ downloadLimit: '2MiB/s' });
    const [bin, data, whole, lib] = await Promise.all([
      fetch(name, ['bin/**']),
      fetch(name, ['data/**']),
      fetch(name),
      fetch(name, ['lib/**']),
    ]);
    expect(new Set([bin, data, lib].map(({ path }) => path))).toEqual(new Set([pathOf('parts', digest)]));
    expect(await describeTree(bin.path)).toEqual(await describeTree(root));
    expect(await describeTree(whole.path)).toEqual(await describeTree(root));
    await restartAgent({});
  });

  it('widens a part that is under way', async () => {
    const { name, root } = await pushTree('wider');
    await restartAgent({ downloadLimit: '2MiB/s' });
    const [data] = await Promise.all([fetch(name, ['data/**']), fetch(name, ['bin/**'], ['bin/**=high'])]);
    await expectOnly(data.path, root, (path) => /^(data|bin)\//.test(path));
    await restartAgent({});
  });

  it('goes on after a restart where it was, and mends a file that was cut short', async () => {
    const { name, root } = await pushTree('again');
    await restartAgent({ downloadLimit: '1MiB/s' });
    for await (const { event } of platform.localApi(addresses).fetch({ name, only: ['data/**'] }))
      if (event?.$case === 'progress' && event.value.bytesDone > MIB) break;
    await restartAgent({});
    const done = await fetch(name, ['data/**']);
    // Of both runs: what was on its way came twice.
    expect(fetchedBytes(done.transfer!)).toBeLessThan(4.5 * MIB);
    await expectOnly(done.path, root, (path) => path.startsWith('data/'));

    await truncate(join(done.path, 'data/large.bin'), MIB);
    const mended = await fetch(name, ['data/**']);
    await expectOnly(mended.path, root, (path) => path.startsWith('data/'));
  });

  it.each<[Partial<FetchRequest>, string]>([
    [{ only: ['bim/**'] }, 'SHOAL_SELECTION_NO_MATCH'],
    [{ only: ['bin/{'] }, 'SHOAL_SELECTION_PATTERN'],
    [{ only: ['bin'], activate: true }, 'SHOAL_AGENT_ACTIVATES_PART'],
    [{ priorities: ['bin=high'] }, 'SHOAL_AGENT_PRIORITIES_OF_ALL'],
  ])('refuses %j with %s', async (request, code) => {
    const { name } = await pushTree(`refused-${seed}`);
    const call = platform.localApi(addresses).fetch({ name, ...request });
    await expect(call[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code });
  });
});

function fetchedBytes({ bytesFromSeeders, bytesFromPeers }: TransferReport): number {
  return Number(bytesFromSeeders + bytesFromPeers);
}
