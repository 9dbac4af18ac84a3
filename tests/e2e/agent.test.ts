import { lstat, readdir, readFile, readlink, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentAddresses, AgentService } from '@shoal/agent';
import { type FetchResponse, MemberRole, TargetState } from '@shoal/contracts';
import { decodeBencodeDictionary } from '@shoal/protocol';
import type { SeederService } from '@shoal/seeder';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Child, startChild } from './support/child.ts';
import { describeTree } from './support/compare-trees.ts';
import { Platform } from './support/platform.ts';
import { push } from './support/push.ts';
import { rollOut, startRollout, waitForMembers, watchUntil } from './support/rollout.ts';
import { writeSampleTree } from './support/sample-tree.ts';
import { until } from './support/until.ts';

const MIB = 1024 * 1024;
/** Of a tree of 256 to 512 MiB (at most 1024 pieces). */
const PIECE_LENGTH = MIB / 2;
/** Memory for pieces that are being received: DEFAULT_BUFFER_BUDGET of the session. */
const BUFFERS = 24 * MIB;
const HOSTS = ['agent-1', 'agent-2', 'agent-3'];
const { TARGET_STATE_ACTIVATED, TARGET_STATE_FAILED } = TargetState;

describe('agents', () => {
  const platform = new Platform();
  let seeder: SeederService;
  let agents: AgentService[];
  /** Different content for each push. */
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

  async function restartAgents(settled: Record<string, unknown>): Promise<void> {
    for (const agent of agents) await agent.stop();
    agents = HOSTS.map((host) => platform.agent(host, settled));
    for (const agent of agents) await platform.run(agent);
  }

  async function pushTree(name: string, version: string, largeBytes = 2 * MIB) {
    const root = join(platform.directory, `${name}-${version}`);
    await writeSampleTree(root, largeBytes, (seed += 1));
    return { root, ...(await push(platform, { root, name, version })) };
  }

  function livePath(host: string, name: string): string {
    return join(platform.hostDirectory(host), 'live', name);
  }

  it('all hold the same tree, live, after a push and a rollout', async () => {
    const { root, contentDigest } = await pushTree('web', '1', 8 * MIB);
    const targets = await rollOut(platform, 'web', '1');
    const pushed = await describeTree(root);
    expect(targets.map(({ hostId }) => hostId).sort()).toEqual(HOSTS);
    for (const target of targets) {
      expect(target.state).toBe(TARGET_STATE_ACTIVATED);
      expect(Buffer.compare(target.verifiedDigest, contentDigest)).toBe(0);
      const live = livePath(target.hostId, 'web');
      expect(await readlink(live)).toBe(`../store/${Buffer.from(contentDigest).toString('hex')}`);
      expect(await describeTree(live)).toEqual(pushed);
      const { bytesDone, bytesFromSeeders, bytesFromPeers } = target.transfer!;
      expect(Number(bytesFromSeeders + bytesFromPeers)).toBeGreaterThanOrEqual(Number(bytesDone));
      expect(await readdir(join(platform.hostDirectory(target.hostId), 'incoming'))).toEqual([]);
    }
  });

  it('flip the live link to a newer version and back, without fetching what they have', async () => {
    const first = await pushTree('flip', '1');
    const second = await pushTree('flip', '2');
    const pushedFirst = await describeTree(first.root);
    await rollOut(platform, 'flip', '1');
    await rollOut(platform, 'flip', '2');
    expect(await describeTree(livePath('agent-1', 'flip'))).toEqual(await describeTree(second.root));
    const back = await rollOut(platform, 'flip', '1');
    expect(back.map(({ transfer }) => transfer!.bytesDone)).toEqual(
      back.map(({ transfer }) => transfer!.bytesTotal),
    );
    expect(back.map(({ state }) => state)).toEqual(HOSTS.map(() => TARGET_STATE_ACTIVATED));
    expect(await describeTree(livePath('agent-1', 'flip'))).toEqual(pushedFirst);
  });

  it('fetch anew what was removed by hand', async () => {
    const { root, contentDigest } = await pushTree('removed', '1');
    await rollOut(platform, 'removed', '1');
    const stored = join(
      platform.hostDirectory('agent-1'),
      'store',
      Buffer.from(contentDigest).toString('hex'),
    );
    await rm(stored, { recursive: true });
    const api = platform.localApi(agents[0]!.addresses!);
    const events = await eventsOf(api.fetch({ name: 'removed' }));
    expect(events.at(-1)?.event?.$case).toBe('done');
    expect(await describeTree(stored)).toEqual(await describeTree(root));
  });

  it('answer local calls: fetch with progress, list, status, and errors with a code', async () => {
    const { root, contentDigest } = await pushTree('local', '1');
    const api = platform.localApi(agents[0]!.addresses!);
    const events = await eventsOf(api.fetch({ name: 'local', activate: true }));
    const last = events.at(-1)?.event;
    expect(last?.$case).toBe('done');
    if (last?.$case !== 'done') return;
    expect(Buffer.compare(last.value.contentDigest, contentDigest)).toBe(0);
    expect(last.value.version).toBe('1');
    expect(await describeTree(last.value.path)).toEqual(await describeTree(root));
    const { artifacts } = await api.list({});
    const held = artifacts.find(({ name }) => name === 'local');
    expect(held).toMatchObject({ version: '1', complete: true, live: true, path: last.value.path });
    expect(await api.status({})).toMatchObject({
      hostId: 'agent-1',
      catalogReachable: true,
      busReachable: true,
    });
    const socket = agents[0]!.addresses!.api.replace(/^unix:/, '');
    expect(((await lstat(socket)).mode & 0o777).toString(8)).toBe('600');
    const invalid = api.fetch({ name: '../etc' });
    await expect(invalid[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'SHOAL_AGENT_INVALID_REQUEST',
    });
    const missing = api.fetch({ name: 'no-such-artifact' });
    await expect(missing[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'SHOAL_ARTIFACT_NOT_FOUND',
    });
  });

  it('report a swarm without progress, keep trying, and get there when a seeder comes back', async () => {
    // Short only here: on a busy machine a second without a piece is nothing special.
    await restartAgents({ stallTimeout: '1s' });
    await pushTree('stalled', '1');
    await seeder.stop();
    const rollout = await startRollout(platform, 'stalled', '1');
    const stalled = await watchUntil(platform, rollout, (_, targets) =>
      targets.every(({ state }) => state === TARGET_STATE_FAILED),
    );
    expect(new Set(stalled.map(({ errorCode }) => errorCode))).toEqual(new Set(['SHOAL_AGENT_NO_PROGRESS']));
    seeder = platform.seeder();
    await platform.run(seeder);
    await until('every host has it', async () => {
      const live = await Promise.all(
        HOSTS.map((host) => readdir(livePath(host, 'stalled')).catch(() => undefined)),
      );
      return live.every((entries) => entries !== undefined) ? true : undefined;
    });
    await restartAgents({});
  });

  it('go on seeding after a restart with no catalog; another host gets it all from them', async () => {
    const { root } = await pushTree('lingering', '1', 4 * MIB);
    await rollOut(platform, 'lingering', '1');
    await seeder.stop();
    await agents[0]!.stop();
    await platform.stopCatalog();
    agents[0] = platform.agent('agent-1');
    await platform.run(agents[0]);
    await platform.startCatalog();
    const late = platform.agent('agent-9');
    const api = platform.localApi(await platform.run(late));
    const done = await until('agent-9 has it', async () => {
      for await (const { event } of api.fetch({ name: 'lingering' }))
        if (event?.$case === 'done') return event.value;
      return undefined;
    });
    expect(await describeTree(done.path)).toEqual(await describeTree(root));
    expect(done.transfer!.bytesFromSeeders).toBe(0n);
    expect(Number(done.transfer!.bytesFromPeers)).toBeGreaterThanOrEqual(4 * MIB);
  });
});

describe('an agent that is killed while it fetches', () => {
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

  it('goes on with the pieces that were durable', async () => {
    const root = join(platform.directory, 'big');
    await writeSampleTree(root, MIB);
    await truncate(join(root, 'data/large.bin'), 400 * MIB);
    const { contentDigest } = await push(platform, { root, name: 'big', version: '1' });
    // It has no bus, so it polls the catalog for its directives.
    const flags = { ...platform.agentFlags('agent-1'), pollInterval: '1s' };
    child = await startChild<AgentAddresses>('agent', flags);
    await waitForMembers(platform, MemberRole.MEMBER_ROLE_AGENT, 1);
    await startRollout(platform, 'big', '1');
    const digest = Buffer.from(contentDigest).toString('hex');
    const resumeFile = join(platform.hostDirectory('agent-1'), 'incoming', `${digest}.resume`);
    await until('pieces are durable', async () =>
      (await durablePieces(resumeFile)) > 100 ? true : undefined,
    );
    await child.kill();
    const durable = await durablePieces(resumeFile);
    child = await startChild<AgentAddresses>('agent', flags);
    const api = platform.localApi(child.addresses);
    const held = await until('the tree is there', async () => {
      const { artifacts } = await api.list({});
      return artifacts.find(({ complete, live }) => complete && live);
    });
    const { bytesFromSeeders, bytesFromPeers, bytesWasted, bytesTotal } = held.transfer!;
    // What both runs received: the tree once, and what the crash took of pieces that were not whole yet. The last block of
    // each file travels with its padding.
    const padding = Number(bytesFromSeeders + bytesFromPeers - bytesWasted - bytesTotal);
    expect(padding).toBeGreaterThanOrEqual(0);
    expect(padding).toBeLessThan(MIB);
    expect(durable * PIECE_LENGTH).toBeGreaterThan(BUFFERS);
    expect(Number(bytesWasted)).toBeLessThanOrEqual(BUFFERS);
    const { lifetime } = held;
    const received = lifetime!.classes.reduce((sum, { downloaded }) => sum + downloaded, 0n);
    expect(received).toBe(bytesFromSeeders + bytesFromPeers);
    expect(lifetime!.wastedLost).toBe(bytesWasted);
    expect(await describeTree(held.path)).toEqual(await describeTree(root));
  });
});

async function eventsOf(call: AsyncIterable<FetchResponse>): Promise<FetchResponse[]> {
  const events: FetchResponse[] = [];
  for await (const event of call) events.push(event);
  return events;
}

/** Pieces that a resume file calls durable; 0 while there is none. */
async function durablePieces(resumeFile: string): Promise<number> {
  const bytes = await readFile(resumeFile).catch(() => undefined);
  if (bytes === undefined) return 0;
  const durable = decodeBencodeDictionary(bytes).dictionary.get('durable');
  if (!(durable instanceof Uint8Array)) return 0;
  return durable.reduce((count, byte) => count + (byte.toString(2).match(/1/g)?.length ?? 0), 0);
}
