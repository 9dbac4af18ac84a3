import { stat } from 'node:fs/promises';
import { contentDigest, type Metainfo } from '@shoal/protocol';
import { type DigestHex, digestHex, type SwarmRecord } from '@shoal/fleet';
import { type HashPool, hashTree, publishTree, removeTree, type Torrent } from '@shoal/session';
import { AgentError } from '../errors.ts';
import { incomingPath, type Layout, publishedPath, resumePath } from './layout.ts';

/** Whether a tree is published: complete, verified and durable. */
export function isPublished(layout: Layout, digest: DigestHex): Promise<boolean> {
  return isDirectory(publishedPath(layout, digest));
}

/** Removes a resume file whose tree is gone: it would call pieces durable that are not there any more. */
export async function dropOrphanedResume(layout: Layout, digest: DigestHex): Promise<void> {
  if (!(await isDirectory(incomingPath(layout, digest)))) await removeTree(resumePath(layout, digest));
}

/** Whether a directory, or a link to one, is at `path`. */
export async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

/**
 * Makes a tree whose pieces are all verified the published one of its digest: everything durable, then one rename. A crash
 * before the rename leaves the tree incoming, with its pieces; it is published at the next attempt.
 * @param loadMetainfo called for a v1 torrent only: the content of others is proven by the roots that their pieces have
 * @throws AgentError SHOAL_AGENT_CONTENT_DAMAGED, StoreError
 */
export async function publish(
  { layout, pool }: { readonly layout: Layout; readonly pool: HashPool },
  record: SwarmRecord,
  loadMetainfo: () => Promise<Metainfo>,
  torrent: Torrent,
): Promise<void> {
  const digest = record.contentDigest;
  const incoming = incomingPath(layout, digest);
  if (record.infoHashV2 === undefined) await checkContent(pool, incoming, await loadMetainfo(), digest);
  const published = publishedPath(layout, digest);
  // Others may be fetching from us at this moment.
  await publishTree(incoming, published, () => torrent.store()?.relocate(published));
  await removeTree(resumePath(layout, digest));
}

/** The pieces of a v1 torrent are SHA-1 digests and say nothing of the contentDigest: its files are hashed here. */
async function checkContent(
  pool: HashPool,
  root: string,
  { files, pieceLength }: Metainfo,
  wanted: DigestHex,
): Promise<void> {
  const { entries } = await hashTree(root, files, { format: 'v2', pieceLength }, { pool });
  const actual = digestHex(contentDigest(entries));
  if (actual === wanted) return;
  throw new AgentError('SHOAL_AGENT_CONTENT_DAMAGED', `the tree has content ${actual} instead of ${wanted}`);
}
