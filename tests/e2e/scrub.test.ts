import { chmod, mkdir, readdir, readlink, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentAddresses, AgentService } from '@shoal/agent';
import { MemberRole, type ScrubOutcome } from '@shoal/contracts';
import type { SeederAddresses, SeederService } from '@shoal/seeder';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Child, startChild } from './support/child.ts';
import { shoal } from './support/cli.ts';
import { describeTree } from './support/compare-trees.ts';
import { flipBit } from './support/damage.ts';
import { metrics } from './support/metrics.ts';
import { Platform } from './support/platform.ts';
import { push } from './support/push.ts';
import { rollOut, waitForMembers } from './support/rollout.ts';
import { randomBytes, writeSampleTree } from './support/sample-tree.ts';
import { until } from './support/until.ts';

const LARGE = 'data/large.bin';
const LARGE_BYTES = 3_000_000;
/** Of a tree of this size: 64 KiB. */
const PIECE = 65_536;

describe('artifacts at rest under a running agent', () => {
  const platform = new Platform();
  let agent: AgentService;
  let live: string;
  let pushed: Record<string, string>;
  beforeAll(async () => {
    await platform.start();
    await platform.run(platform.seeder());
    // Nobody looks but those who are asked to.
    agent = platform.agent('agent-1', { scrubInterval: '0s', scrubCheckInterval: '1d' });
    await platform.run(agent);
    await waitForMembers(platform, MemberRole.MEMBER_ROLE_AGENT, 1);
    const root = join(platform.directory, 'build');
    await writeSampleTree(root, LARGE_BYTES);
    await push(platform, { root, name: 'web', version: '1' });
    await rollOut(platform, 'web', '1');
    live = join(platform.hostDirectory('agent-1'), 'live', 'web');
    pushed = await describeTree(root);
  });
  afterAll(() => platform.stop());

  async function scrub(): Promise<ScrubOutcome> {
    const outcomes: ScrubOutcome[] = [];
    for await (const { event } of platform.localApi(agent.addresses!).scrub({ name: 'web' }))
      if (event?.$case === 'outcome') outcomes.push(event.value);
    expect(outcomes).toHaveLength(1);
    return outcomes[0]!;
  }

  /** Damages the tree, has it scrubbed, and expects it whole; what that fetched, in bytes. */
  async function repairAfter(damage: () => Promise<unknown>) {
    const before = (await metrics(agent.addresses!))('shoal_scrub_fetched_bytes_total');
    const link = await readlink(live);
    await damage();
    const outcome = await scrub();
    expect(outcome).toMatchObject({ whole: true, errorCode: '' });
    expect(await describeTree(live)).toEqual(pushed);
    expect(await readlink(live)).toBe(link);
    expect(await readdir(join(platform.hostDirectory('agent-1'), 'repairs'))).toEqual([]);
    const after = (await metrics(agent.addresses!))('shoal_scrub_fetched_bytes_total');
    return { outcome, fetched: after - before };
  }

  it('are left alone while they are whole', async () => {
    const { outcome, fetched } = await repairAfter(() => Promise.resolve());
    expect([outcome.damaged, outcome.extra, outcome.mended, fetched]).toEqual([[], [], 0, 0]);
    expect(Number(outcome.bytesVerified)).toBeGreaterThan(LARGE_BYTES);
  });

  it('cost one piece of the swarm when one bit flips', async () => {
    const { outcome, fetched } = await repairAfter(() => flipBit(join(live, LARGE), 1_000_000));
    expect([outcome.damaged, fetched]).toEqual([[LARGE], PIECE]);
  });

  it.each<[string, () => Promise<unknown>, string[], number]>([
    [
      'several bits flip',
      async () => {
        await flipBit(join(live, LARGE), 10);
        await flipBit(join(live, LARGE), 2_000_000);
      },
      [LARGE],
      2 * PIECE,
    ],
    // 100,000 bytes are a whole piece and a part of the second.
    ['a file is cut', () => truncate(join(live, LARGE), 2_900_000), [LARGE], LARGE_BYTES - 44 * PIECE],
    ['a file is gone', () => rm(join(live, 'bin/run')), ['bin/run'], PIECE],
    [
      'another file takes its place',
      async () => {
        await writeFile(join(live, '../other'), randomBytes(LARGE_BYTES, 99));
        await rename(join(live, '../other'), join(live, LARGE));
      },
      [LARGE],
      LARGE_BYTES,
    ],
  ])('cost what is missing when %s', async (_, damage, damaged, most) => {
    const { outcome, fetched } = await repairAfter(damage);
    expect(outcome.damaged).toEqual(damaged);
    expect(fetched).toBeGreaterThan(0);
    expect(fetched).toBeLessThanOrEqual(most);
  });

  it('cost nothing of the swarm when permissions, links or empty files change', async () => {
    const { outcome, fetched } = await repairAfter(async () => {
      await chmod(join(live, 'bin/run'), 0o600);
      await chmod(join(live, 'lib'), 0o700);
      await rm(join(live, 'lib/start'));
      await symlink('/etc/passwd', join(live, 'lib/start'));
      await rm(join(live, 'data/empty'));
    });
    expect([outcome.mended, outcome.damaged, fetched]).toEqual([3, ['data/empty'], 0]);
  });

  it('keep files that do not belong to them, which are named', async () => {
    await mkdir(join(live, 'cache'));
    await writeFile(join(live, 'cache/entry'), 'made by a program');
    const outcome = await scrub();
    expect([outcome.extra, outcome.whole]).toEqual([['cache'], true]);
    await rm(join(live, 'cache'), { recursive: true });
  });

  it('are verified from the command line', async () => {
    await flipBit(join(live, LARGE), 5);
    const flags = ['--agent-socket', agent.addresses!.api];
    const repaired = await shoal('scrub', 'web@1', ...flags);
    expect(repaired.code).toBe(0);
    expect(repaired.stdout).toMatch(/^web@1 {2}repaired .* verified\n {2}damaged: data\/large\.bin\n$/);
    const whole = await shoal('scrub', '--json', ...flags);
    expect(JSON.parse(whole.stdout)).toMatchObject({ name: 'web', version: '1', whole: true, damaged: [] });
    expect((await shoal('scrub', 'db', ...flags)).code).toBe(3);
  });

  it('are not verified when they are not there', async () => {
    const events = platform.localApi(agent.addresses!).scrub({ name: 'db' });
    await expect(events[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'SHOAL_AGENT_NOT_HELD',
    });
  });
});

describe('a file changed under the feet of an agent and of a seeder', () => {
  const platform = new Platform();
  let seeder: SeederService;
  let agent: AgentService;
  let root: string;
  beforeAll(async () => {
    await platform.start();
    seeder = platform.seeder({ scrubCheckInterval: '1s' });
    await platform.run(seeder);
    agent = platform.agent('agent-1', { scrubCheckInterval: '1s' });
    await platform.run(agent);
    await waitForMembers(platform, MemberRole.MEMBER_ROLE_AGENT, 1);
    root = join(platform.directory, 'build');
    await writeSampleTree(root, LARGE_BYTES);
    await push(platform, { root, name: 'web', version: '1' });
    await rollOut(platform, 'web', '1');
  });
  afterAll(() => platform.stop());

  async function isSound(tree: string): Promise<true | undefined> {
    const [found, wanted] = [await describeTree(tree).catch(() => ({})), await describeTree(root)];
    return JSON.stringify(found) === JSON.stringify(wanted) ? true : undefined;
  }

  it('is found by itself, and repaired', async () => {
    const live = join(platform.hostDirectory('agent-1'), 'live', 'web');
    await flipBit(join(live, LARGE), 77);
    await until('the agent repaired it', () => isSound(live));
  });

  it('is repaired on a seeder by the agents that have it', async () => {
    const store = join(platform.hostDirectory('seeder-1'), 'store');
    const [digest = ''] = await readdir(store);
    await flipBit(join(store, digest, LARGE), 77);
    await until('the seeder repaired it', () => isSound(join(store, digest)));
    await until('the seeder serves again', async () => {
      const read = await metrics(seeder.addresses!);
      return read('shoal_scrub_damaged_trees') === 0 &&
        read('shoal_scrub_repaired_files_total{how="content"') === 1
        ? true
        : undefined;
    });
  });
});

describe('a seeder in a process of its own', () => {
  const platform = new Platform();
  let child: Child<SeederAddresses>;
  let stored: string;
  let pushed: Record<string, string>;
  beforeAll(async () => {
    await platform.start();
    // Nobody looks but those who are asked to.
    const flags = { ...platform.seederFlags(), scrubInterval: '0s', scrubCheckInterval: '1d' };
    child = await startChild<SeederAddresses>('seeder', flags);
    await waitForMembers(platform, MemberRole.MEMBER_ROLE_SEEDER, 1);
    await platform.run(platform.agent('agent-1'));
    await waitForMembers(platform, MemberRole.MEMBER_ROLE_AGENT, 1);
    const root = join(platform.directory, 'build');
    await writeSampleTree(root, LARGE_BYTES);
    pushed = await describeTree(root);
    await push(platform, { root, name: 'web', version: '1' });
    await rollOut(platform, 'web', '1');
    const store = join(platform.hostDirectory('seeder-1'), 'store');
    const [digest = ''] = await readdir(store);
    stored = join(store, digest);
  });
  afterAll(async () => {
    await child.kill();
    await platform.stop();
  });

  function scrub(...args: readonly string[]) {
    return shoal('scrub', ...args, '--seeder', child.addresses.grpc);
  }

  it('is verified from the command line, and repaired by the agents', async () => {
    const whole = await scrub('web@1');
    expect(whole.stdout).toMatch(/^web@1 {2}whole .* verified\n$/);
    expect(whole.code).toBe(0);
    await flipBit(join(stored, LARGE), 1_000_000);
    await chmod(join(stored, 'bin/run'), 0o600);
    const repaired = await scrub('--json');
    expect(JSON.parse(repaired.stdout)).toMatchObject({
      name: 'web',
      version: '1',
      whole: true,
      damaged: [LARGE],
      mended: 1,
    });
    expect([repaired.code, await describeTree(stored)]).toEqual([0, pushed]);
    expect((await metrics(child.addresses))('shoal_scrub_fetched_bytes_total')).toBe(PIECE);
  });

  it.each([
    [['db'], 3, 'SHOAL_SEEDER_NOT_HELD'],
    [['web@2'], 3, 'SHOAL_SEEDER_NOT_HELD'],
    [['--namespace', 'team'], 1, 'SHOAL_SEEDER_OTHER_NAMESPACE'],
  ])('refuses to verify %j', async (args, code, error) => {
    const refused = await scrub(...args);
    expect(refused).toMatchObject({ code, stdout: '' });
    expect(refused.stderr).toContain(error);
  });
});

describe('a seeder that sends a bad piece', () => {
  const platform = new Platform();
  beforeAll(() => platform.start());
  afterAll(() => platform.stop());

  it('is told so, verifies what it has, and repairs it once somebody has the piece', async () => {
    // Nobody looks by itself.
    const quiet = { scrubInterval: '0s', scrubCheckInterval: '1d' };
    const root = join(platform.directory, 'build');
    await writeSampleTree(root, LARGE_BYTES);
    const pushed = await describeTree(root);
    const first = platform.seeder(quiet);
    await platform.run(first);
    const sound = platform.agent('agent-1', quiet);
    await platform.run(sound);
    await waitForMembers(platform, MemberRole.MEMBER_ROLE_AGENT, 1);
    await push(platform, { root, name: 'web', version: '1' });
    await rollOut(platform, 'web', '1');
    await sound.stop();
    // What it has sent may be in its memory.
    await first.stop();
    const seeder = platform.seeder(quiet);
    const addresses = await platform.run(seeder);
    expect((await shoal('scrub', '--seeder', addresses.grpc)).code).toBe(0);
    const store = join(platform.hostDirectory('seeder-1'), 'store');
    const [digest = ''] = await readdir(store);
    await flipBit(join(store, digest, LARGE), 1_000_000);

    const fetching = await platform.run(platform.agent('agent-2', quiet));
    const events = platform.localApi(fetching).fetch({ name: 'web', version: '1' });
    const fetched = (async () => {
      for await (const { event } of events) if (event?.$case === 'done') return event.value.path;
      return undefined;
    })();
    await until('the seeder has found it', async () =>
      (await metrics(addresses))('shoal_scrub_damaged_trees') === 1 ? true : undefined,
    );
    await platform.run(platform.agent('agent-1', quiet));
    expect(await describeTree((await fetched)!)).toEqual(pushed);
    await until('the seeder is sound', async () =>
      (await metrics(addresses))('shoal_scrub_fetched_bytes_total') === PIECE ? true : undefined,
    );
    expect(await describeTree(join(store, digest))).toEqual(pushed);
  });
});

describe('damage that nobody can repair', () => {
  const platform = new Platform();
  let child: Child<AgentAddresses> | undefined;
  beforeAll(() => platform.start());
  afterAll(async () => {
    await child?.kill();
    await platform.stop();
  });

  it('is reported, outlives a kill in the middle of the repair, and ends when a peer comes', async () => {
    const root = join(platform.directory, 'build');
    await writeSampleTree(root, LARGE_BYTES);
    const pushed = await describeTree(root);
    const flags = { ...platform.agentFlags('agent-1'), scrubCheckInterval: '1s', pollInterval: '1s' };
    const onlySeeder = platform.seeder();
    await platform.run(onlySeeder);
    child = await startChild<AgentAddresses>('agent', flags);
    await waitForMembers(platform, MemberRole.MEMBER_ROLE_AGENT, 1);
    await push(platform, { root, name: 'web', version: '1' });
    await rollOut(platform, 'web', '1');
    await onlySeeder.stop();

    const live = join(platform.hostDirectory('agent-1'), 'live', 'web');
    await flipBit(join(live, LARGE), 1_000_000);
    const damage = async () => {
      const { hosts } = await platform.clients().fleet.listHosts({ namespace: 'default' });
      return hosts.find(({ hostId }) => hostId === 'agent-1')?.scrub?.damaged[0];
    };
    expect(await until('the catalog knows', damage)).toMatchObject({ name: 'web', version: '1', files: 1 });
    const shown = await shoal('agents', '--catalog', platform.address('catalog'));
    expect(shown.stdout).toMatch(/^agent-1: web@1 has 1 damaged file: /m);
    await child.kill();
    child = await startChild<AgentAddresses>('agent', flags);
    const read = await metrics(child.addresses);
    expect(read('shoal_scrub_damaged_trees')).toBe(1);

    await platform.run(platform.seeder());
    await until('it is whole', async () => {
      const found = await describeTree(live);
      return JSON.stringify(found) === JSON.stringify(pushed) ? true : undefined;
    });
    // Counted when that is durable.
    const { addresses } = child;
    const fetched = await until('it is counted', async () => {
      const bytes = (await metrics(addresses))('shoal_scrub_fetched_bytes_total');
      return bytes > 0 ? bytes : undefined;
    });
    expect(fetched).toBe(PIECE);
    await until('the catalog knows that too', async () =>
      (await damage()) === undefined ? true : undefined,
    );
  });
});
