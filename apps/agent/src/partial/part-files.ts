import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DigestHex, SwarmRecord, SwarmRecords } from '@shoal/fleet';
import type { Bitfield, Metainfo, MetainfoEntry } from '@shoal/protocol';
import {
  asidePath,
  type DirectoryStoreComponents,
  type HashPool,
  mergeTree,
  openDirectoryStore,
  publishTree,
  removeTree,
  reuseFiles,
} from '@shoal/session';
import { AgentError } from '../errors.ts';
import { type Layout, partIncomingPath, partPath, partResumePath, publishedPath } from '../store/layout.ts';
import { findReusableFiles } from '../store/reusable-files.ts';

interface PartComponents {
  readonly layout: Layout;
  readonly store: DirectoryStoreComponents;
}

/** Removes what is left of a part that was being fetched, without its tree: it would call pieces durable that are gone. */
export async function dropOrphanedPart(layout: Layout, digest: DigestHex): Promise<void> {
  if (!(await exists(partIncomingPath(layout, digest)))) await removeIncoming(layout, digest);
}

/**
 * Adds what was fetched, and is verified, to the part of a content: no file is seen before it is whole.
 * @throws StoreError
 */
export async function addToPart(
  { layout }: PartComponents,
  init: {
    readonly digest: DigestHex;
    readonly metainfo: Metainfo;
    readonly isWanted: (entry: MetainfoEntry) => boolean;
  },
): Promise<void> {
  const { digest, metainfo, isWanted } = init;
  const incoming = partIncomingPath(layout, digest);
  const part = partPath(layout, digest);
  if (await exists(part)) {
    // What is in their place is damaged, or they would not have been fetched.
    for (const entry of metainfo.files)
      if (isWanted(entry)) await rm(join(part, ...entry.path), { force: true });
    await mergeTree(incoming, part);
  } else {
    await publishTree(incoming, part);
  }
  await removeIncoming(layout, digest);
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

/**
 * Copies what is missing of a part from the published tree of its content, hashed on the way.
 * @returns bytes
 * @throws AgentError SHOAL_AGENT_CONTENT_DAMAGED; StoreError; the signal's reason
 */
export async function takeFromPublished(
  components: PartComponents,
  init: {
    readonly digest: DigestHex;
    readonly metainfo: Metainfo;
    readonly missing: ReadonlySet<number>;
    readonly signal: AbortSignal;
  },
): Promise<number> {
  const { layout, store } = components;
  const { digest, metainfo, missing, signal } = init;
  const isWanted = ({ index }: MetainfoEntry): boolean => missing.has(index);
  const root = partIncomingPath(layout, digest);
  await removeIncoming(layout, digest);
  let copied = 0;
  await reuseFiles(store.pool, {
    metainfo,
    root,
    isWanted,
    sourceOf: ({ path }) => join(publishedPath(layout, digest), ...path),
    onReused: (bytes) => (copied += bytes),
    signal,
  });
  let size = 0;
  for (const entry of metainfo.files) if (isWanted(entry)) size += entry.length;
  if (copied < size) {
    const message = `the published tree has ${size - copied} bytes of other content than its artifact`;
    throw new AgentError('SHOAL_AGENT_CONTENT_DAMAGED', message);
  }
  const content = await openDirectoryStore(store, { metainfo, root, create: true });
  await content.arrange({ isWanted, isFetched: true }).finally(() => content.close());
  await addToPart(components, { digest, metainfo, isWanted });
  return size;
}

async function removeIncoming(layout: Layout, digest: DigestHex): Promise<void> {
  const incoming = partIncomingPath(layout, digest);
  for (const path of [incoming, asidePath(incoming), partResumePath(layout, digest)]) await removeTree(path);
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
