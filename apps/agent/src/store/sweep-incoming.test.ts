import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DigestHex } from '@shoal/fleet';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  incomingPath,
  type Layout,
  openLayout,
  partIncomingPath,
  partPath,
  partResumePath,
  resumePath,
} from './layout.ts';
import { sweepIncoming } from './sweep-incoming.ts';

const DAY = 86_400_000;
const [RECENT, PROGRESSING, ABANDONED, ORPHAN] = ['a', 'b', 'c', 'd'].map(
  (letter) => letter.repeat(64) as DigestHex,
);

let root: string;
let layout: Layout;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'shoal-sweep-'));
  layout = await openLayout(root);
});
afterEach(() => rm(root, { recursive: true }));

async function touch(path: string, at: number): Promise<void> {
  await utimes(path, at / 1_000, at / 1_000);
}

it('forgets what got no piece for long, and resume files without a tree', async () => {
  const now = Date.now();
  for (const digest of [RECENT!, PROGRESSING!, ABANDONED!]) await mkdir(incomingPath(layout, digest));
  for (const digest of [PROGRESSING!, ABANDONED!, ORPHAN!]) await writeFile(resumePath(layout, digest), '');
  for (const digest of [PROGRESSING!, ABANDONED!]) await touch(incomingPath(layout, digest), now - 9 * DAY);
  await touch(resumePath(layout, ABANDONED!), now - 8 * DAY);
  await sweepIncoming(layout, now - 7 * DAY);
  const kept = [RECENT, PROGRESSING, `${PROGRESSING!}.resume`];
  expect((await readdir(layout.incoming)).sort()).toEqual(kept);
});

it('does so with parts, and keeps those that are there', async () => {
  const now = Date.now();
  const aside = (digest: DigestHex): string => `${partIncomingPath(layout, digest)}.aside`;
  for (const digest of [RECENT!, ABANDONED!]) {
    for (const path of [partPath(layout, digest), partIncomingPath(layout, digest), aside(digest)])
      await mkdir(path);
    await writeFile(partResumePath(layout, digest), '');
  }
  for (const path of [partPath, partIncomingPath, partResumePath])
    await touch(path(layout, ABANDONED!), now - 8 * DAY);
  await mkdir(aside(ORPHAN!));
  await sweepIncoming(layout, now - 7 * DAY);
  const kept = [
    RECENT,
    `${RECENT!}.incoming`,
    `${RECENT!}.incoming.aside`,
    `${RECENT!}.incoming.resume`,
    ABANDONED,
  ];
  expect((await readdir(layout.parts)).sort()).toEqual(kept);
});
