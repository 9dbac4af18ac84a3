import { readlink, rename, rm, symlink } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { type DigestHex, isDigestHex } from '@shoal/fleet';
import { syncDirectory } from '@shoal/session';
import { type Layout, publishedPath } from './layout.ts';

/** The tree that `live/<name>` points to; `undefined` when there is none. */
export async function liveDigest(layout: Layout, name: string): Promise<DigestHex | undefined> {
  try {
    const digest = basename(await readlink(join(layout.live, name)));
    return isDigestHex(digest) ? digest : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * Makes `live/<name>` point to a published tree. The flip is one rename: whoever follows the link gets the old tree or the
 * new one. The link is relative, so that the data directory can be mounted elsewhere.
 */
export async function makeLive(layout: Layout, name: string, digest: DigestHex): Promise<void> {
  // A leading dot: no artifact name starts with one.
  const fresh = join(layout.live, `.${name}.new`);
  await rm(fresh, { force: true });
  await symlink(relative(layout.live, publishedPath(layout, digest)), fresh);
  await rename(fresh, join(layout.live, name));
  await syncDirectory(layout.live);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
