import { chmod, readdir, realpath, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentAddresses, AgentService } from '@shoal/agent';
import { type FetchDone, type FetchRequest, MemberRole, type TransferReport } from '@shoal/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shoal } from './support/cli.ts';
import { describeTree } from './support/compare-trees.ts';
import { flipBit } from './support/damage.ts';
import { metrics } from './support/metrics.ts';
import { Platform } from './support/platform.ts';
import { push } from './support/push.ts';
import { waitForMembers } from './support/rollout.ts';
import { writeSampleTree } from './support/sample-tree.ts';
import { until } from './support/until.ts';

const MIB = 1024 * 1024;
/** Of a tree of this size. */
const PIECE = 65_536;
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

  it('gives its files to the whole tree, which takes its place', async () => {
    const { name, root, digest } = await pushTree('both');
    const part = await fetch(name, ['data/**']);
    const whole = await fetch(name);
    expect(whole.path).toBe(pathOf('store', digest));
    expect(await describeTree(whole.path)).toEqual(await describeTree(root));
    expect(Number(whole.transfer!.bytesReused)).toBeGreaterThanOrEqual(4 * MIB);
    expect(fetchedBytes(whole.transfer!)).toBeLessThan(MIB);
    expect(await realpath(part.path)).toBe(await realpath(whole.path));
    expect(await readdir(join(part.path, '..'))).toContain(digest);
    expect((await platform.localApi(addresses).list({})).parts).not.toContainEqual(
      expect.objectContaining({ name }),
    );

    const more = await fetch(name, ['lib/**']);
    expect([more.path, fetchedBytes(more.transfer!)]).toEqual([whole.path, 0]);
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
    const possible = [pathOf('parts', digest), pathOf('store', digest)];
    for (const { path } of [bin, data, lib]) expect(possible).toContain(path);
    expect(await describeTree(bin.path)).toEqual(await describeTree(root));
    expect(await describeTree(whole.path)).toEqual(await describeTree(root));
    await restartAgent({});
  });

  it('is verified like a whole tree, and repaired from the swarm', async () => {
    const { name, root } = await pushTree('kept');
    const { path } = await fetch(name, ['{bin,data}/**']);
    await restartAgent({ scrubInterval: '0s', scrubCheckInterval: '1d' });
    const flags = ['--agent-socket', addresses.api];
    const whole = await shoal('scrub', name, ...flags);
    expect(whole.stdout).toMatch(/^kept@1 \(part\) {2}whole .* verified\n$/);

    await flipBit(join(path, 'data/large.bin'), 2 * MIB);
    await chmod(join(path, 'bin/run'), 0o600);
    const before = (await metrics(addresses))('shoal_scrub_fetched_bytes_total');
    const repaired = await shoal('scrub', name, '--json', ...flags);
    expect(JSON.parse(repaired.stdout)).toMatchObject({
      part: true,
      whole: true,
      damaged: ['data/large.bin'],
      mended: 1,
    });
    await expectOnly(path, root, (entry) => /^(bin|data)\//.test(entry));
    expect((await metrics(addresses))('shoal_scrub_fetched_bytes_total') - before).toBe(PIECE);

    // What somebody removed is not missed.
    await rm(join(path, 'bin/run'));
    const less = await shoal('scrub', name, '--json', ...flags);
    expect(JSON.parse(less.stdout)).toMatchObject({ whole: true, damaged: [], mended: 0 });
    await restartAgent({ scrubCheckInterval: '1s' });
    await flipBit(join(path, 'data/large.bin'), MIB);
    await until('the agent found it by itself', async () => {
      const found = await describeTree(path);
      return found['data/large.bin'] === (await describeTree(root))['data/large.bin'] ? true : undefined;
    });
    await restartAgent({});
  });

  it('is listed and removed from the command line, not while more of it is fetched', async () => {
    const { name, digest } = await pushTree('listed');
    const done = await fetch(name, ['bin/**']);
    const flags = ['--agent-socket', addresses.api];
    const list = async () => {
      const { stdout } = await shoal('part', 'ls', '--json', ...flags);
      const parts = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      return parts.find((part) => part['name'] === name);
    };
    const listed = { version: '1', contentDigest: digest, path: done.path, files: 1, fetching: false };
    expect(await list()).toMatchObject({ ...listed, unfinished: false, damagedFiles: 0 });
    expect((await shoal('part', 'ls', ...flags)).stdout).toMatch(/^listed@1 +1 .* whole +\//m);

    await restartAgent({ downloadLimit: '1MiB/s' });
    const calledOff = new AbortController();
    const more = platform
      .localApi(addresses)
      .fetch({ name, only: ['data/**'] }, { signal: calledOff.signal })
      [Symbol.asyncIterator]();
    await more.next();
    expect(await list()).toMatchObject({ ...listed, fetching: true });
    const refused = await shoal('part', 'rm', 'listed@1', '--agent-socket', addresses.api);
    expect([refused.code, refused.stdout]).toEqual([4, '']);
    expect(refused.stderr).toContain('SHOAL_AGENT_PART_IN_USE');
    calledOff.abort();
    const drained = async () => {
      while ((await more.next()).done !== true);
    };
    await expect(drained()).rejects.toThrow();
    await until('the fetch is over', async () =>
      (await list())?.['unfinished'] === true ? true : undefined,
    );

    const removed = await shoal('part', 'rm', 'listed', '--agent-socket', addresses.api);
    expect(removed.stdout).toMatch(new RegExp(`^removed ${done.path} `));
    const left = await readdir(join(done.path, '..'));
    expect(left.filter((entry) => entry.startsWith(digest))).toEqual([]);
    expect(await list()).toBeUndefined();
    for (const command of [
      ['part', 'rm', 'listed'],
      ['scrub', 'listed'],
    ])
      expect((await shoal(...command, '--agent-socket', addresses.api)).code).toBe(3);
    await restartAgent({});
    const again = await fetch(name, ['bin/**']);
    expect(again.path).toBe(done.path);
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
