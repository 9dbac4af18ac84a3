import { readdir, stat } from 'node:fs/promises';
import { isDigestHex } from '@shoal/fleet';
import { removeTree } from '@shoal/session';
import { incomingPath, type Layout, resumePath } from './layout.ts';

/**
 * Removes trees that were being fetched and got no piece since `before` (milliseconds since 1970), and what is left of
 * fetches that are over. Only while nothing is being fetched.
 */
export async function sweepIncoming(layout: Layout, before: number): Promise<void> {
  const trees = new Set((await readdir(layout.incoming)).map((entry) => entry.replace(/\.resume$/, '')));
  for (const digest of trees) {
    if (!isDigestHex(digest)) continue;
    const tree = await touchedAt(incomingPath(layout, digest));
    const resume = await touchedAt(resumePath(layout, digest));
    if (tree !== undefined && Math.max(tree, resume ?? 0) >= before) continue;
    await removeTree(incomingPath(layout, digest));
    await removeTree(resumePath(layout, digest));
  }
}

/** When something was changed last, in milliseconds since 1970; `undefined` when it is not there. */
async function touchedAt(path: string): Promise<number | undefined> {
  return await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
}
