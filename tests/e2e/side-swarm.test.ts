import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MemberRole } from '@shoal/contracts';
import { type Metainfo, parseMetainfo } from '@shoal/protocol';
import type { SeederService } from '@shoal/seeder';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shoal, shoalOk } from './support/cli.ts';
import { Platform } from './support/platform.ts';
import { push } from './support/push.ts';
import { waitForMembers } from './support/rollout.ts';
import { writeSampleTree } from './support/sample-tree.ts';
import { until } from './support/until.ts';

const MIB = 1024 * 1024;

/** What `shoal swarm ls --json` prints a line of. */
interface SwarmLine {
  readonly format: string;
  readonly private: boolean;
  readonly state: string;
  readonly main: boolean;
  readonly errorCode: string | null;
  readonly infoHashV1: string | null;
}

describe('side swarms', () => {
  const platform = new Platform();
  let seeder: SeederService;
  let builds = 0;

  beforeAll(async () => {
    await platform.start();
    await startSeeder();
  });
  afterAll(() => platform.stop());

  async function startSeeder(): Promise<void> {
    seeder = platform.seeder({ serveFiles: true });
    await platform.run(seeder);
    await waitForMembers(platform, MemberRole.MEMBER_ROLE_SEEDER, 1);
  }

  /** Publishes a tree that no other test has; gives its name. */
  async function publish(): Promise<string> {
    builds += 1;
    const name = `web-${builds}`;
    const root = join(platform.directory, name);
    await writeSampleTree(root, 2 * MIB, builds);
    await push(platform, { root, name, version: '1' });
    return name;
  }

  const atCatalog = () => ['--catalog', platform.address('catalog')];

  async function exportTorrent(name: string, ...options: readonly string[]) {
    const output = join(platform.directory, `${name}.torrent`);
    await shoalOk(
      'torrent',
      'export',
      `${name}@1`,
      '--output',
      output,
      '--force',
      ...options,
      ...atCatalog(),
    );
    return parseMetainfo(await readFile(output));
  }

  async function list(name: string): Promise<SwarmLine[]> {
    const lines = (await shoalOk('swarm', 'ls', name, '--json', ...atCatalog())).trim().split('\n');
    return lines.map((line) => JSON.parse(line) as SwarmLine);
  }

  /** Waits until the seeder has joined a swarm, or left it. */
  async function seeds({ infoHashV1 }: Metainfo, isIn: boolean): Promise<void> {
    const record = `${Buffer.from(infoHashV1!).toString('hex')}.json`;
    const directory = join(platform.hostDirectory('seeder-1'), 'meta');
    await until(`the seeder has ${isIn ? 'joined' : 'left'} a swarm`, async () =>
      (await readdir(directory)).includes(record) === isIn ? true : undefined,
    );
  }

  it('are made beside the main one, seeded from the same tree, and removed', async () => {
    const name = await publish();
    const trees = await readdir(join(platform.hostDirectory('seeder-1'), 'store'));
    const closed = await exportTorrent(name, '--format', 'v1');
    expect(closed).toMatchObject({ format: 'v1', private: true, name });
    const open_ = await exportTorrent(name, '--format', 'v1', '--public', '--piece-length', '128KiB');
    expect(open_).toMatchObject({ format: 'v1', private: false, pieceLength: 128 * 1024 });
    const main = await exportTorrent(name);
    expect(main.infoHashV2).toBeDefined();
    expect(main.webSeeds).toEqual(closed.webSeeds);
    expect(main.webSeeds[0]).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/content\/[0-9a-f]{64}\/$/);

    const listed = await list(name);
    expect(listed.map(({ main: isMain, state }) => [isMain, state])).toEqual([
      [true, 'ready'],
      [false, 'ready'],
      [false, 'ready'],
    ]);
    await seeds(closed, true);
    await seeds(open_, true);
    expect(await readdir(join(platform.hostDirectory('seeder-1'), 'store'))).toEqual(trees);

    await shoalOk('swarm', 'rm', `${name}@1`, '--format', 'v1', ...atCatalog());
    await seeds(closed, false);
    await seeds(open_, true);
    expect(await list(name)).toHaveLength(2);
    const { code } = await shoal('swarm', 'rm', `${name}@1`, '--format', 'v1', ...atCatalog());
    expect(code).toBe(3);
  });

  it('are made once the seeder is back, also when the catalog was restarted meanwhile', async () => {
    const name = await publish();
    await seeder.stop();
    const { code, stdout } = await shoal(
      ...['torrent', 'export', name, '--format', 'v1', '--public', '--timeout', '1s', '--json'],
      ...atCatalog(),
    );
    expect(code).toBe(5);
    expect(stdout).toContain('SHOAL_SWARM_NOT_MADE');
    const waiting = shoalOk(
      ...['torrent', 'export', `${name}@1`, '--format', 'v1', '--output', join(platform.directory, 'late')],
      ...atCatalog(),
    );
    await until('it is registered', async () =>
      (await list(name)).some((swarm) => swarm.private && swarm.state === 'pending') ? true : undefined,
    );
    await platform.stopCatalog();
    await platform.startCatalog();
    await startSeeder();
    expect(await waiting).toContain('info-hash v1');
    expect((await list(name)).at(-1)).toMatchObject({ format: 'v1', private: true, state: 'ready' });
  });

  it('are seeded again after a restart of the seeder, and left when they were removed while it was away', async () => {
    const name = await publish();
    const side = await exportTorrent(name, '--format', 'v1');
    await seeds(side, true);
    await seeder.stop();
    await startSeeder();
    await seeds(side, true);
    await seeder.stop();
    await shoalOk('swarm', 'rm', name, '--format', 'v1', ...atCatalog());
    await startSeeder();
    await seeds(side, false);
  });

  it('are not made of bytes that rotted on the disk of the seeder', async () => {
    const name = await publish();
    const shown = JSON.parse(await shoalOk('show', name, '--json', ...atCatalog())) as {
      contentDigest: string;
    };
    const tree = join(platform.hostDirectory('seeder-1'), 'store', shown.contentDigest);
    const { code, stdout } = await withFlippedBit(await largestFile(tree), () =>
      shoal('torrent', 'export', name, '--format', 'v1', '--json', ...atCatalog()),
    );
    expect(code).toBe(4);
    expect(stdout).toContain('SHOAL_SIDE_SWARM_DAMAGED');
    expect((await list(name))[1]).toMatchObject({ state: 'failed', errorCode: 'SHOAL_SIDE_SWARM_DAMAGED' });
    expect(await exportTorrent(name, '--format', 'v1'), 'tried again').toMatchObject({ format: 'v1' });
  });

  async function largestFile(tree: string): Promise<string> {
    const files = (await readdir(tree, { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    );
    const named = files.map((entry) => join(entry.parentPath, entry.name));
    const sizes = await Promise.all(named.map(async (path) => (await readFile(path)).length));
    return named[sizes.indexOf(Math.max(...sizes))]!;
  }
});

async function withFlippedBit<T>(path: string, work: () => Promise<T>): Promise<T> {
  const file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, 1_000);
  const flip = async (value: number): Promise<void> => {
    await file.write(Buffer.from([value]), 0, 1, 1_000);
    await file.sync();
  };
  await flip(byte[0]! ^ 1);
  try {
    return await work();
  } finally {
    await flip(byte[0]!);
    await file.close();
  }
}
