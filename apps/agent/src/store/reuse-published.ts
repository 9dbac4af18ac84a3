import { stat } from 'node:fs/promises';
import type { SwarmRecord } from '@shoal/fleet';
import type { Bitfield } from '@shoal/protocol';
import { type HashPool, reuseFiles } from '@shoal/session';
import { incomingPath, resumePath } from './layout.ts';
import { findReusableFiles, type ReusableFilesComponents } from './reusable-files.ts';

/** Collaborators of {@link reusePublished}. */
export interface ReusePublishedComponents extends ReusableFilesComponents {
  readonly pool: HashPool;
}

export interface ReusePublishedInit {
  /** Told of the bytes of each piece that was taken over. */
  readonly onReused: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Starts the incoming tree of `record` with the files that trees of this host have, each verified anew. A tree with
 * a resume file was started before: what was there to be reused is in it.
 * @returns the pieces that are there now, durable
 * @throws StoreError; the signal's reason
 */
export async function reusePublished(
  { layout, records, pool }: ReusePublishedComponents,
  record: SwarmRecord,
  init: ReusePublishedInit,
): Promise<'none' | Bitfield> {
  // Pieces of v1 torrents cross files, and their files have no roots.
  if (record.infoHashV2 === undefined) return 'none';
  const resume = await stat(resumePath(layout, record.contentDigest)).catch(() => undefined);
  if (resume !== undefined) return 'none';
  const metainfo = await records.metainfo(record.key);
  const root = incomingPath(layout, record.contentDigest);
  const sourceOf = await findReusableFiles({ layout, records }, record, metainfo, root);
  if (sourceOf === undefined) return 'none';
  return await reuseFiles(pool, { metainfo, root, sourceOf, ...init });
}
