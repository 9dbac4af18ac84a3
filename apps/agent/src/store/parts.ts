import { lstat, rename, rm, symlink } from 'node:fs/promises';
import { relative } from 'node:path';
import type { DigestHex } from '@shoal/fleet';
import { asidePath, removeTree } from '@shoal/session';
import {
  type Layout,
  partIncomingPath,
  partPath,
  partRemovedPath,
  partResumePath,
  publishedPath,
} from './layout.ts';
import { isPublished } from './publish.ts';

/** Whether there is a part of a content: a tree of its own, no link to the published one. */
export async function hasPart(layout: Layout, digest: DigestHex): Promise<boolean> {
  return await isDirectory(partPath(layout, digest));
}

/** Whether something was fetched for a part that is not in it yet. */
export async function hasPartIncoming(layout: Layout, digest: DigestHex): Promise<boolean> {
  return await isDirectory(partIncomingPath(layout, digest));
}

/**
 * Removes what was fetched for a part and is not in it.
 * @throws StoreError
 */
export async function removePartIncoming(layout: Layout, digest: DigestHex): Promise<void> {
  const incoming = partIncomingPath(layout, digest);
  for (const path of [incoming, asidePath(incoming), partResumePath(layout, digest)]) await removeTree(path);
}

/**
 * Puts a link to the published tree in the place of its part: whoever was told of the part finds all of its files there.
 * @throws StoreError; the system's error
 */
export async function replacePart(layout: Layout, digest: DigestHex): Promise<void> {
  await removePartIncoming(layout, digest);
  const part = partPath(layout, digest);
  const removed = partRemovedPath(layout, digest);
  const isPart = await hasPart(layout, digest);
  if (isPart || (await isDirectory(removed))) {
    const link = linkPath(layout, digest);
    await rm(link, { force: true });
    await symlink(relative(layout.parts, publishedPath(layout, digest)), link);
    if (isPart) {
      await removeTree(removed);
      await rename(part, removed);
    }
    await rename(link, part);
  }
  await removeTree(removed);
}

/**
 * Removes a part, if there is one, and what was fetched for it. Its path is gone at once; who has files of it open keeps them.
 * @throws StoreError; the system's error
 */
export async function removePart(layout: Layout, digest: DigestHex): Promise<void> {
  const removed = partRemovedPath(layout, digest);
  await removeTree(removed);
  if (await hasPart(layout, digest)) await rename(partPath(layout, digest), removed);
  await removeTree(removed);
  await removePartIncoming(layout, digest);
}

/**
 * Does what a crash kept {@link replacePart} or {@link removePart} from doing; removes links to trees that are gone.
 * @throws StoreError; the system's error
 */
export async function settlePart(layout: Layout, digest: DigestHex): Promise<void> {
  if (await isPublished(layout, digest)) {
    await replacePart(layout, digest);
    return;
  }
  await removeTree(linkPath(layout, digest));
  await removeTree(partRemovedPath(layout, digest));
  await dropPartLink(layout, digest);
}

/** Removes the link from a part to the published tree, if there is one. */
export async function dropPartLink(layout: Layout, digest: DigestHex): Promise<void> {
  if (!(await hasPart(layout, digest))) await rm(partPath(layout, digest), { force: true });
}

function linkPath(layout: Layout, digest: DigestHex): string {
  return `${partRemovedPath(layout, digest)}.link`;
}

/** A link to one is none. */
async function isDirectory(path: string): Promise<boolean> {
  return await lstat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
