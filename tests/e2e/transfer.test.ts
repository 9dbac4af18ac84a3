import { cp, open, readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { MemberRole, type Upload, UploadState } from '@shoal/contracts';
import { createHashPool, createTorrent } from '@shoal/session';
import type { SeederAddresses } from '@shoal/seeder';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Child, startChild } from './support/child.ts';
import { shoal, shoalOk } from './support/cli.ts';
import { describeTree } from './support/compare-trees.ts';
import { Platform } from './support/platform.ts';
import { createUpload, sendBytes } from './support/push.ts';
import { waitForMembers } from './support/rollout.ts';
import { writeSampleTree } from './support/sample-tree.ts';
import { hashedEntries, transfer } from './support/transfer.ts';
import { until } from './support/until.ts';

const MIB = 1024 * 1024;

/** What `shoal push --json` says. */
interface Pushed {
  readonly artifact: {
    readonly contentDigest: string;
    readonly infoHashV1: string | null;
    readonly infoHashV2: string | null;
  };
  readonly moved: number;
}

class Pushing {
  readonly platform = new Platform();

  async tree(seed: number, largeBytes = 3 * MIB): Promise<string> {
    const root = join(this.platform.directory, `tree-${seed}`);
    await writeSampleTree(root, largeBytes, seed);
    return root;
  }

  storedTree(digest: string): string {
    return join(this.platform.hostDirectory('seeder-1'), 'store', digest);
  }

  arguments(root: string, name: string, ...rest: readonly string[]): string[] {
    const catalog = this.platform.address('catalog');
    return ['push', root, '--name', name, '--version', '1', '--catalog', catalog, '--json', ...rest];
  }

  async push(root: string, name: string, ...rest: readonly string[]): Promise<Pushed> {
    return JSON.parse(await shoalOk(...this.arguments(root, name, ...rest))) as Pushed;
  }

  /** Opens the upload of a tree with its roots. */
  async open(root: string, name: string): Promise<Upload> {
    return await createUpload(this.platform, { root, name, version: '1' }, await hashedEntries(root));
  }

  /** Hands over at least `bytes` of an upload by swarm, and is gone. */
  async pushPart(root: string, name: string, bytes: number): Promise<void> {
    const gone = new AbortController();
    const onProgress = (done: number): void => {
      if (done >= bytes) gone.abort();
    };
    const upload = await this.open(root, name);
    const part = transfer(this.platform, upload, { root, name, onProgress, signal: gone.signal });
    await expect(part).rejects.toThrow();
    expect(gone.signal.aborted).toBe(true);
  }
}

describe('a push by swarm', () => {
  const pushing = new Pushing();
  const { platform } = pushing;
  beforeAll(async () => {
    await platform.start();
    await platform.run(platform.seeder());
    await waitForMembers(platform, MemberRole.MEMBER_ROLE_SEEDER, 1);
  });
  afterAll(() => platform.stop());

  it.each(['v1', 'v2', 'hybrid'] as const)(
    'publishes the tree, and the same swarm as anybody makes of it (%s)',
    async (format) => {
      const root = await pushing.tree(['v1', 'v2', 'hybrid'].indexOf(format));
      const { artifact, moved } = await pushing.push(root, format, '--via', 'swarm', '--format', format);
      expect(await describeTree(pushing.storedTree(artifact.contentDigest))).toEqual(
        await describeTree(root),
      );
      expect(moved).toBeGreaterThan(3 * MIB);
      const pool = createHashPool();
      const own = { name: format, format, private: true, source: 'default', pool };
      const { metainfo } = await createTorrent(root, own);
      await pool.close();
      const hex = (hash?: Uint8Array) => (hash === undefined ? null : Buffer.from(hash).toString('hex'));
      expect(artifact.infoHashV1).toBe(hex(metainfo.infoHashV1));
      expect(artifact.infoHashV2).toBe(hex(metainfo.infoHashV2));
    },
  );

  it('is refused when its metainfo is not that of the invitation', async () => {
    const root = await pushing.tree(4);
    const upload = await pushing.open(root, 'other');
    await expect(
      transfer(platform, upload, { root, name: 'other', source: 'of my own' }),
    ).rejects.toMatchObject({ code: 'SHOAL_UPLOAD_PROTOCOL' });
  });

  it('is refused without the roots of the files', async () => {
    const root = await pushing.tree(5);
    const upload = await createUpload(platform, { root, name: 'rootless', version: '1' });
    await expect(transfer(platform, upload, { root, name: 'rootless' })).rejects.toMatchObject({
      code: 'SHOAL_UPLOAD_PROTOCOL',
    });
  });

  it('is refused when the bytes are not those of the roots, and right ones are taken then', async () => {
    const root = await pushing.tree(6);
    const seededRoot = join(platform.directory, 'changed');
    await cp(root, seededRoot, { recursive: true, verbatimSymlinks: true });
    const file = await open(join(seededRoot, 'data/large.bin'), 'r+');
    await file.write('changed', 2 * MIB);
    await file.close();
    const upload = await pushing.open(root, 'changed');
    await expect(transfer(platform, upload, { root, name: 'changed', seededRoot })).rejects.toMatchObject({
      code: 'SHOAL_UPLOAD_CONTENT_MISMATCH',
    });
    const { artifact } = await pushing.push(root, 'changed', '--via', 'swarm');
    expect(await describeTree(pushing.storedTree(artifact.contentDigest))).toEqual(await describeTree(root));
  });
});

describe('a push by swarm that breaks off', () => {
  const pushing = new Pushing();
  const { platform } = pushing;
  const SIZE = 24 * MIB;
  let seeder: Child<SeederAddresses> | undefined;
  const startSeeder = async (): Promise<void> => {
    const listen = seeder === undefined ? {} : { listen: platform.address('seeder') };
    // Slow, so that there is a middle to break off in.
    const flags = { ...platform.seederFlags(), ...listen, downloadLimit: 8 * MIB };
    seeder = await startChild<SeederAddresses>('seeder', flags);
  };
  beforeAll(async () => {
    await platform.start();
    await startSeeder();
    await waitForMembers(platform, MemberRole.MEMBER_ROLE_SEEDER, 1);
  });
  afterAll(async () => {
    await seeder?.kill();
    await platform.stop();
  });

  it('goes on where its client died', async () => {
    const root = await pushing.tree(1, SIZE);
    await pushing.pushPart(root, 'client', SIZE / 2);
    const { artifact, moved } = await pushing.push(root, 'client', '--via', 'swarm');
    expect(moved).toBeLessThanOrEqual(SIZE / 2 + MIB);
    expect(await describeTree(pushing.storedTree(artifact.contentDigest))).toEqual(await describeTree(root));
  });

  it('begins anew as a stream, of which no byte is taken from the swarm', async () => {
    const root = await pushing.tree(2, SIZE);
    await pushing.pushPart(root, 'stream', SIZE / 2);
    const upload = await pushing.open(root, 'stream');
    expect(upload.offset).toBe(0n);
    const { state } = await sendBytes(platform, upload, root);
    expect(state).toBe(UploadState.UPLOAD_STATE_PUBLISHED);
  });

  it('says which file was cut short meanwhile', async () => {
    const root = await pushing.tree(4, SIZE);
    const pushed = shoal(...pushing.arguments(root, 'cut', '--via', 'swarm'));
    const uploads = join(platform.hostDirectory('seeder-1'), 'uploads');
    await until('pieces have come', async () => {
      const paths = await readdir(uploads, { recursive: true });
      return paths.find((path) => path.endsWith('/transfer'));
    });
    await truncate(join(root, 'data/large.bin'), 1);
    const { code, stdout } = await pushed;
    expect(code).not.toBe(0);
    expect(stdout).toContain('large.bin');
  });

  it('goes on where the seeder died', async () => {
    const root = await pushing.tree(3, SIZE);
    const dying = seeder;
    const killed = new AbortController();
    const onProgress = (done: number): void => {
      if (done >= SIZE / 2) void dying?.kill().then(() => killed.abort());
    };
    const upload = await pushing.open(root, 'seeder');
    await expect(
      transfer(platform, upload, { root, name: 'seeder', onProgress, signal: killed.signal }),
    ).rejects.toThrow();
    await startSeeder();
    await until('the seeder is back', () => pushing.open(root, 'seeder').catch(() => undefined));
    const { artifact, moved } = await pushing.push(root, 'seeder', '--via', 'swarm');
    expect(moved).toBeLessThan((SIZE * 3) / 4);
    expect(await describeTree(pushing.storedTree(artifact.contentDigest))).toEqual(await describeTree(root));
  });
});

describe('a push to a seeder whose port for peers cannot be reached', () => {
  const pushing = new Pushing();
  const { platform } = pushing;
  beforeAll(async () => {
    await platform.start();
    await platform.run(platform.seeder({ advertiseAddress: '127.0.0.1:1' }));
    await waitForMembers(platform, MemberRole.MEMBER_ROLE_SEEDER, 1);
  });
  afterAll(() => platform.stop());

  it('says so when nothing but a swarm is wanted, and else sends a stream', async () => {
    const root = await pushing.tree(1, 17 * MIB);
    const [swarm, auto] = await Promise.all([
      shoal(...pushing.arguments(root, 'unreachable', '--via', 'swarm')),
      shoal(...pushing.arguments(await pushing.tree(2, 17 * MIB), 'auto')),
    ]);
    expect(swarm.stdout).toContain('SHOAL_PUSH_SWARM_CLOSED');
    expect(swarm.code).not.toBe(0);
    expect(auto.stderr).toContain('sending in one stream');
    const { artifact } = JSON.parse(auto.stdout) as Pushed;
    expect(await describeTree(pushing.storedTree(artifact.contentDigest))).toEqual(
      await describeTree(join(platform.directory, 'tree-2')),
    );
  });
});
