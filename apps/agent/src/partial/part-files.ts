import { stat } from 'node:fs/promises';
import type { DigestHex, SwarmRecord, SwarmRecords } from '@shoal/fleet';
import type { Bitfield, Metainfo, MetainfoEntry } from '@shoal/protocol';
import { type HashPool, mergeTree, publishTree, reuseFiles } from '@shoal/session';
import { type Layout, partIncomingPath, partPath, partResumePath } from '../store/layout.ts';
import { dropPartLink, hasPart, removePartIncoming } from '../store/parts.ts';
import { findReusableFiles } from '../store/reusable-files.ts';

/**
 * Makes way for a part of a content that is not published: removes what is left of one that was being fetched, without its
 * tree, which would call pieces durable that are gone, and a link to a tree that is gone.
 */
export async function dropOrphanedPart(layout: Layout, digest: DigestHex): Promise<void> {
  if (!(await exists(partIncomingPath(layout, digest)))) await removePartIncoming(layout, digest);
  await dropPartLink(layout, digest);
}

/**
 * Adds what was fetched, and is verified, to the part of a content: no file is seen before it is whole.
 * @throws StoreError
 */
export async function addToPart(layout: Layout, digest: DigestHex): Promise<void> {
  const incoming = partIncomingPath(layout, digest);
  const part = partPath(layout, digest);
  if (await hasPart(layout, digest)) {
    // What is in their place is damaged, or they would not have been fetched.
    await mergeTree(incoming, part, { replace: true });
  } else {
    await publishTree(incoming, part);
  }
  await removePartIncoming(layout, digest);
}

/**
 * Starts a part with what this host has of it, as `reusePublished` does.
 * @returns the pieces that are there now, durable
 * @throws StoreError
 */
export async function reuseForPart(
  components: { readonly layout: Layout; readonly records: SwarmRecords; readonly pool: HashPool },
  record: SwarmRecord,
  init: {
    readonly metainfo: Metainfo;
    readonly isWanted: (entry: MetainfoEntry) => boolean;
    readonly onReused: (bytes: number) => void;
  },
): Promise<'none' | Bitfield> {
  const { layout, pool } = components;
  if (await exists(partResumePath(layout, record.contentDigest))) return 'none';
  const root = partIncomingPath(layout, record.contentDigest);
  const sourceOf = await findReusableFiles(components, record, init.metainfo, root);
  if (sourceOf === undefined) return 'none';
  // Not called off: of one part of one tree.
  return await reuseFiles(pool, { ...init, root, sourceOf, signal: new AbortController().signal });
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
