import { readdir, stat } from 'node:fs/promises';
import { type DigestHex, isDigestHex } from '@shoal/fleet';
import { asidePath, removeTree } from '@shoal/session';
import { incomingPath, type Layout, partIncomingPath, partResumePath, resumePath } from './layout.ts';
import { settlePart } from './parts.ts';

/**
 * Finishes what was begun with parts; removes trees, and parts of trees, that were being fetched and got no piece since `before` (milliseconds since 1970), and
 * what is left of fetches that are over. Only while nothing is being fetched.
 */
export async function sweepIncoming(layout: Layout, before: number): Promise<void> {
  for (const digest of await digestsIn(layout.incoming, /(?:\.resume)?$/)) {
    await sweep(incomingPath(layout, digest), resumePath(layout, digest), before);
  }
  for (const digest of await digestsIn(layout.parts, /\.incoming(?:\.aside|\.resume)?$/)) {
    await sweep(partIncomingPath(layout, digest), partResumePath(layout, digest), before);
  }
  for (const digest of await digestsIn(layout.parts, /(?:\.removed(?:\.link)?)?$/))
    await settlePart(layout, digest);
}

/** The digests that entries of a directory are named by, each followed by `suffix`. */
async function digestsIn(directory: string, suffix: RegExp): Promise<ReadonlySet<DigestHex>> {
  const digests = new Set<DigestHex>();
  for (const entry of await readdir(directory)) {
    const digest = entry.replace(suffix, '');
    if (suffix.test(entry) && isDigestHex(digest)) digests.add(digest);
  }
  return digests;
}

async function sweep(tree: string, resume: string, before: number): Promise<void> {
  const treeAt = await touchedAt(tree);
  const resumeAt = await touchedAt(resume);
  if (treeAt !== undefined && Math.max(treeAt, resumeAt ?? 0) >= before) return;
  for (const path of [tree, asidePath(tree), resume]) await removeTree(path);
}

/** When something was changed last, in milliseconds since 1970; `undefined` when it is not there. */
async function touchedAt(path: string): Promise<number | undefined> {
  return await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
}
