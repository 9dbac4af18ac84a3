import { mkdir, mkdtemp, readdir, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DigestHex } from '@shoal/fleet';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Layout, openLayout, publishedPath } from './layout.ts';
import { liveDigest, makeLive } from './live-links.ts';

const OLD = 'a'.repeat(64) as DigestHex;
const NEW = 'b'.repeat(64) as DigestHex;

describe('live links', () => {
  let root: string;
  let layout: Layout;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'shoal-live-'));
    layout = await openLayout(root);
    for (const digest of [OLD, NEW]) await mkdir(publishedPath(layout, digest));
  });
  afterEach(() => rm(root, { recursive: true }));

  it('points to the tree made live last, with a relative target', async () => {
    expect(await liveDigest(layout, 'web')).toBeUndefined();
    await makeLive(layout, 'web', OLD);
    await makeLive(layout, 'web', NEW);
    expect(await liveDigest(layout, 'web')).toBe(NEW);
    expect(await readlink(join(layout.live, 'web'))).toBe(`../store/${NEW}`);
    expect(await readdir(layout.live)).toEqual(['web']);
  });

  it('gets over what a crash before the rename left', async () => {
    await makeLive(layout, 'web', OLD);
    await symlink(`../store/${NEW}`, join(layout.live, '.web.new'));
    expect(await liveDigest(layout, 'web')).toBe(OLD);
    await makeLive(layout, 'web', NEW);
    expect(await readdir(layout.live)).toEqual(['web']);
  });

  it('is never absent while it is flipped', async () => {
    await makeLive(layout, 'web', OLD);
    const seen = new Set<DigestHex | undefined>();
    for (let turn = 0; turn < 50; turn += 1) {
      const flip = makeLive(layout, 'web', turn % 2 === 0 ? NEW : OLD);
      for (let look = 0; look < 5; look += 1) seen.add(await liveDigest(layout, 'web'));
      await flip;
    }
    expect(seen.has(undefined)).toBe(false);
  });

  it('does not take a link that somebody else made for one of ours', async () => {
    await symlink('/etc', join(layout.live, 'web'));
    expect(await liveDigest(layout, 'web')).toBeUndefined();
    await writeFile(join(layout.live, 'file'), '');
    await expect(liveDigest(layout, 'file')).rejects.toThrow('EINVAL');
  });
});
