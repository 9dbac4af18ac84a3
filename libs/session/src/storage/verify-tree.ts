import type { Stats } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createPieceLayout, type Metainfo, type MetainfoEntry } from '@shoal/protocol';
import { forEachLimited } from './concurrency.ts';
import { EXECUTABLE_MODE, FILE_CONCURRENCY, FILE_MODE, JOBS_AHEAD } from './constants.ts';
import { openDirectoryStore } from './directory-store.ts';
import type { HashPool } from './hash-pool.ts';
import { OpenFiles } from './open-files.ts';
import { SpanCache } from './span-cache.ts';
import { storeFailure } from './store-failure.ts';
import { entryPath, impliedDirectories, relativeTarget } from './tree-layout.ts';

const PERMISSION_BITS = 0o7777;

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
  try {
    await forEachLimited(metainfo.files, FILE_CONCURRENCY, async (entry) => {
      const state = await compareEntry(root, entry);
      if (state === 'missing') missing.push(entry.path.join('/'));
      if (state === 'damaged') damaged.add(entry.path.join('/'));
    });
    const look = !metainfo.singleFile && (await lstatIfThere(root)) !== undefined;
    const extra = look ? await findExtra(root, metainfo) : [];
    const unusable = new Set([...missing, ...damaged]);
    for (const path of await verifyContent(root, metainfo, unusable, options)) damaged.add(path);
    return { missing: missing.sort(), damaged: [...damaged].sort(), extra: extra.sort() };
  } catch (error) {
    options.signal?.throwIfAborted();
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

async function compareEntry(root: string, entry: MetainfoEntry): Promise<'same' | 'missing' | 'damaged'> {
  const path = entryPath(root, entry);
  const stats = await lstatIfThere(path);
  if (stats === undefined) return 'missing';
  if (entry.kind === 'symlink') {
    const right =
      stats.isSymbolicLink() && (await readlink(path)) === relativeTarget(entry.path, entry.target);
    return right ? 'same' : 'damaged';
  }
  const mode = entry.executable ? EXECUTABLE_MODE : FILE_MODE;
  const right = stats.isFile() && stats.size === entry.length && (stats.mode & PERMISSION_BITS) === mode;
  return right ? 'same' : 'damaged';
}

async function lstatIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

async function findExtra(root: string, metainfo: Metainfo): Promise<string[]> {
  const files = new Set(Array.from(metainfo.files, (entry) => entry.path.join('/')));
  const directories = new Set(impliedDirectories(metainfo.files).map((path) => path.join('/')));
  const extra: string[] = [];
  const pending: string[][] = [[]];
  for (const directory of pending) {
    for (const child of await readdir(join(root, ...directory), { withFileTypes: true })) {
      const path = [...directory, child.name];
      const name = path.join('/');
      if (child.isDirectory() && directories.has(name)) pending.push(path);
      else if (!files.has(name) && !directories.has(name)) extra.push(name);
    }
  }
  return extra;
}
