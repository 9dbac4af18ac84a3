import { createPieceLayout, type Metainfo } from '@shoal/protocol';
import { forEachLimited } from './concurrency.ts';
import { JOBS_AHEAD } from './constants.ts';
import { openDirectoryStore } from './directory-store.ts';
import type { HashPool } from './hash-pool.ts';
import { inspectTree } from './inspect-tree.ts';
import { OpenFiles } from './open-files.ts';
import { SpanCache } from './span-cache.ts';
import { storeFailure } from './store-failure.ts';

/** How a tree on disk differs from its metainfo; paths below the root, joined by `/`. All empty: the tree is whole. */
export interface TreeDifferences {
  /** Not there. */
  readonly missing: string[];
  /** Of another kind, length, mode, symlink target or content. In v1 torrents a bad piece names all files in it. */
  readonly damaged: string[];
  /** Not in the metainfo. Not looked for around a single file. */
  readonly extra: string[];
}

export interface VerifyTreeOptions {
  readonly pool: HashPool;
  /** Told after each piece. */
  readonly onProgress?: (piecesDone: number, piecesTotal: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Compares a tree with a metainfo, content included.
 * @throws StoreError when the tree cannot be read; the signal's reason
 */
export async function verifyTree(
  root: string,
  metainfo: Metainfo,
  options: VerifyTreeOptions,
): Promise<TreeDifferences> {
  const missing: string[] = [];
  const damaged = new Set<string>();
  const { signal } = options;
  const { faults, extra } = await inspectTree(root, metainfo, { ...(signal && { signal }) });
  for (const [index, fault] of faults) {
    const path = metainfo.files.at(index)?.path.join('/') ?? '';
    if (fault === 'missing') missing.push(path);
    else damaged.add(path);
  }
  try {
    const unusable = new Set([...missing, ...damaged]);
    for (const path of await verifyContent(root, metainfo, unusable, options)) damaged.add(path);
    return { missing: missing.sort(), damaged: [...damaged].sort(), extra: [...extra] };
  } catch (error) {
    signal?.throwIfAborted();
    throw storeFailure(error);
  }
}

/** Paths of files that are in pieces that do not match, though the files look right from outside. */
async function verifyContent(
  root: string,
  metainfo: Metainfo,
  unusable: ReadonlySet<string>,
  { pool, onProgress, signal }: VerifyTreeOptions,
): Promise<Set<string>> {
  const bad = new Set<string>();
  const layout = createPieceLayout(metainfo);
  const store = await openDirectoryStore(
    { pool, cache: new SpanCache(), files: new OpenFiles() },
    { metainfo, root, create: false },
  );
  let done = 0;
  try {
    await forEachLimited(Array(layout.pieceCount).keys(), pool.threads * JOBS_AHEAD, async (piece) => {
      signal?.throwIfAborted();
      const paths = layout
        .spans(piece)
        .map((span) => metainfo.files.at(span.fileIndex)?.path.join('/') ?? '');
      const readable = !paths.some((path) => unusable.has(path));
      if (readable && !(await store.verifyExisting(piece))) for (const path of paths) bad.add(path);
      done += 1;
      onProgress?.(done, layout.pieceCount);
    });
  } finally {
    await store.close();
  }
  return bad;
}
