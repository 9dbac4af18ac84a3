import { chmod, cp, mkdir, open, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentAddresses, AgentService } from '@shoal/agent';
import { MemberRole, SwarmFormat, TargetState, type TransferReport } from '@shoal/contracts';
import type { SeederService } from '@shoal/seeder';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Child, startChild } from './support/child.ts';
import { describeTree } from './support/compare-trees.ts';
import { Platform } from './support/platform.ts';
import { push } from './support/push.ts';
import { rollOut, startRollout, waitForMembers } from './support/rollout.ts';
import { randomBytes } from './support/sample-tree.ts';
import { until } from './support/until.ts';

const HOSTS = ['agent-1', 'agent-2'];
const FILES = 100;
const FILE_BYTES = 100_000;
const SIZE = FILES * FILE_BYTES;
/** Of a contentDigest: what an incoming tree is called, and its resume file begins with. */
const DIGEST_DIGITS = 64;

describe('a version of which three files in a hundred changed', () => {
  const platform = new Platform();
  let agents: AgentService[];
  let seeder: SeederService;
  /** Different content in each test. */
  let seed = 0;
  beforeAll(async () => {
    await platform.start();
    seeder = platform.seeder();
    await platform.run(seeder);
    agents = HOSTS.map((host) => platform.agent(host));
    for (const agent of agents) await platform.run(agent);
    await waitForMembers(platform, MemberRole.MEMBER_ROLE_AGENT, HOSTS.length);
  });
  afterAll(() => platform.stop());

  async function writeFiles(root: string): Promise<void> {
    await mkdir(join(root, 'lib'), { recursive: true });
    for (let index = 0; index < FILES; index += 1)
      await writeFile(join(root, `lib/${index}`), randomBytes(FILE_BYTES, (seed += 1)));
  }

  /** Changes files 0, 1 and 2, and makes number 3 an executable. */
  async function writeNextVersion(root: string, from: string): Promise<void> {
    await cp(from, root, { recursive: true });
    for (const index of [0, 1, 2])
      await writeFile(join(root, `lib/${index}`), randomBytes(FILE_BYTES, (seed += 1)));
    await chmod(join(root, 'lib/3'), 0o755);
  }

  /** Pushes and rolls out two versions; what the second took. */
  async function rollOutTwo(
    name: string,
    format: SwarmFormat,
    between: (live: (host: string) => string) => Promise<void> = () => Promise.resolve(),
  ) {
    const [first, second] = ['1', '2'].map((version) => join(platform.directory, `${name}-${version}`)) as [
      string,
      string,
    ];
    const live = (host: string): string => join(platform.hostDirectory(host), 'live', name);
    await writeFiles(first);
    await push(platform, { root: first, name, version: '1', format });
    await rollOut(platform, name, '1');
    await between(live);
    await writeNextVersion(second, first);
    await push(platform, { root: second, name, version: '2', format });
    const targets = await rollOut(platform, name, '2');
    const pushed = await describeTree(second);
    for (const { hostId, state } of targets) {
      expect(state).toBe(TargetState.TARGET_STATE_ACTIVATED);
      expect(await describeTree(live(hostId))).toEqual(pushed);
    }
    return targets.map(({ transfer }) => transfer!);
  }

  it.each([
    ['v2', SwarmFormat.SWARM_FORMAT_V2],
    ['hybrid', SwarmFormat.SWARM_FORMAT_HYBRID],
  ])('costs a host what changed (%s)', async (name, format) => {
    const before = await Promise.all(agents.map(({ addresses }) => reusedBytes(addresses!)));
    for (const transfer of await rollOutTwo(name, format)) {
      expect(Number(transfer.bytesReused)).toBe(SIZE - 3 * FILE_BYTES);
      expect(fetchedBytes(transfer)).toBeLessThanOrEqual(0.05 * SIZE);
      expect([transfer.bytesDone, transfer.bytesTotal]).toEqual([BigInt(SIZE), BigInt(SIZE)]);
    }
    const after = await Promise.all(agents.map(({ addresses }) => reusedBytes(addresses!)));
    for (const [index, bytes] of after.entries()) expect(bytes - before[index]!).toBe(SIZE - 3 * FILE_BYTES);
  });

  it('is whole although a file of the one before it was changed under the agent', async () => {
    const transfers = await rollOutTwo('damaged', SwarmFormat.SWARM_FORMAT_V2, async (live) => {
      const file = await open(join(live('agent-1'), 'lib/50'), 'r+');
      await file.write('damage', 50_000);
      await file.close();
    });
    const reused = transfers.map(({ bytesReused }) => Number(bytesReused)).sort((a, b) => a - b);
    // One piece of 64 KiB less.
    expect(reused).toEqual([SIZE - 3 * FILE_BYTES - 65_536, SIZE - 3 * FILE_BYTES]);
  });

  it('needs no peer when files only moved', async () => {
    const root = join(platform.directory, 'moved');
    await writeFiles(root);
    await push(platform, { root, name: 'moved', version: '1' });
    await rollOut(platform, 'moved', '1');
    await rename(join(root, 'lib'), join(root, 'modules'));
    await push(platform, { root, name: 'moved', version: '2' });
    await seeder.stop();
    for (const { hostId, state, transfer } of await rollOut(platform, 'moved', '2')) {
      expect(state).toBe(TargetState.TARGET_STATE_ACTIVATED);
      expect([fetchedBytes(transfer!), Number(transfer!.bytesReused)]).toEqual([0, SIZE]);
      expect(await describeTree(join(platform.hostDirectory(hostId), 'live', 'moved'))).toEqual(
        await describeTree(root),
      );
    }
  });
});

describe('an agent that is killed while it takes over files', () => {
  const platform = new Platform();
  let child: Child<AgentAddresses> | undefined;
  beforeAll(async () => {
    await platform.start();
    await platform.run(platform.seeder());
    await waitForMembers(platform, MemberRole.MEMBER_ROLE_SEEDER, 1);
  });
  afterAll(async () => {
    await child?.kill();
    await platform.stop();
  });

  it('does it over, and has the whole tree', async () => {
    const root = join(platform.directory, 'big');
    const host = platform.hostDirectory('agent-1');
    const flags = { ...platform.agentFlags('agent-1'), pollInterval: '1s' };
    await mkdir(root);
    for (const index of [1, 2, 3])
      await writeFile(join(root, `${index}`), randomBytes(24 * 1024 * 1024, index));
    await push(platform, { root, name: 'big', version: '1' });
    child = await startChild<AgentAddresses>('agent', flags);
    await waitForMembers(platform, MemberRole.MEMBER_ROLE_AGENT, 1);
    await rollOut(platform, 'big', '1');
    await writeFile(join(root, '3'), 'changed');
    await push(platform, { root, name: 'big', version: '2' });
    await startRollout(platform, 'big', '2');
    const incoming = await until('the tree is begun', async () => {
      const entries = await readdir(join(host, 'incoming'));
      return entries[0]?.slice(0, DIGEST_DIGITS);
    });
    await child.kill();
    child = await startChild<AgentAddresses>('agent', flags);
    const live = join(host, 'live', 'big');
    const pushed = await describeTree(root);
    await until('the second version is live', async () => {
      const { artifacts } = await platform.localApi(child!.addresses).list({});
      return artifacts.find(({ path, live: isLive }) => isLive && path.endsWith(incoming)) ? true : undefined;
    });
    expect(await describeTree(live)).toEqual(pushed);
  });
});

function fetchedBytes({ bytesFromSeeders, bytesFromPeers }: TransferReport): number {
  return Number(bytesFromSeeders + bytesFromPeers);
}

/** The counter that the agent's metrics show. */
async function reusedBytes({ http }: AgentAddresses): Promise<number> {
  const response = await fetch(`http://${http}/metrics`, { signal: AbortSignal.timeout(10_000) });
  const [, value] = /^shoal_agent_reused_bytes_total\S* (\d+)/m.exec(await response.text()) ?? [];
  return Number(value);
}
