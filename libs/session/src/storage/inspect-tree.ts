import type { Stats } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metainfo, MetainfoEntry } from '@shoal/protocol';
import { forEachLimited } from './concurrency.ts';
import { EXECUTABLE_MODE, FILE_CONCURRENCY, FILE_MODE } from './constants.ts';
import { storeFailure } from './store-failure.ts';
import { entryPath, impliedDirectories, relativeTarget } from './tree-layout.ts';

const PERMISSION_BITS = 0o7777;

/**
 * What is wrong with an entry, seen from outside: it is not there, or not below real directories; it is of another kind or
 * length, or a symlink that leads elsewhere; or its permissions alone are others.
 */
export type EntryFault = 'missing' | 'unlike' | 'mode';

/** How a tree looks from outside: no content is read. Indexes are those of the metainfo's entries. */
export interface TreeInspection {
  /** By index of the entry. */
  readonly faults: ReadonlyMap<number, EntryFault>;
  /** Directories that are not there, are something else or have other permissions; paths below the root, parents first. */
  readonly directories: readonly string[];
  /** Not in the metainfo; paths below the root, sorted. Not looked for around a single file. */
  readonly extra: readonly string[];
  /** Indexes of regular files that look right and were changed after `since`. */
  readonly changed: readonly number[];
}

export interface InspectTreeOptions {
  /**
   * A moment as file systems tell it, in milliseconds since 1970: what has a later ctime was changed since. The ctime moves
   * with every change of content, mode or name and, unlike the mtime, cannot be set back by who made it. @default never
   */
  readonly since?: number;
  readonly signal?: AbortSignal;
}

/**
 * Compares what lies at `root` with a metainfo by looking at names, kinds, lengths and permissions.
 * @throws StoreError when it cannot be read; the signal's reason
 */
export async function inspectTree(
  root: string,
  metainfo: Metainfo,
  { since = Infinity, signal }: InspectTreeOptions = {},
): Promise<TreeInspection> {
  try {
    const found = await inspectDirectories(root, metainfo);
    const faults = new Map<number, EntryFault>();
    const changed: number[] = [];
    await forEachLimited(metainfo.files, FILE_CONCURRENCY, async (entry) => {
      signal?.throwIfAborted();
      const isReachable = !found.unreal.has(entry.path.slice(0, -1).join('/'));
      const stats = isReachable ? await lstatIfThere(entryPath(root, entry)) : undefined;
      const fault = await faultOf(root, entry, stats);
      if (fault !== undefined) faults.set(entry.index, fault);
      else if (entry.kind === 'file' && stats !== undefined && stats.ctimeMs > since)
        changed.push(entry.index);
    });
    const isTree = !metainfo.singleFile && !found.unreal.has('');
    const extra = isTree ? await findExtra(root, metainfo) : [];
    return { faults, changed, directories: found.faulty, extra: extra.sort() };
  } catch (error) {
    signal?.throwIfAborted();
    throw storeFailure(error);
  }
}

interface DirectoryFaults {
  /** Paths of those that are no directories, and of all below them. */
  readonly unreal: ReadonlySet<string>;
  readonly faulty: string[];
}

/** A symlink in a directory's place would lead out of the tree: what is behind it is not looked at. */
async function inspectDirectories(root: string, { files }: Metainfo): Promise<DirectoryFaults> {
  const unreal = new Set<string>();
  const faulty: string[] = [];
  for (const path of [[], ...impliedDirectories(files)]) {
    const name = path.join('/');
    const isBelow = path.length > 0 && unreal.has(path.slice(0, -1).join('/'));
    const stats = isBelow ? undefined : await lstatIfThere(join(root, ...path));
    if (stats?.isDirectory() !== true) unreal.add(name);
    else if (path.length === 0 || (stats.mode & PERMISSION_BITS) === EXECUTABLE_MODE) continue;
    faulty.push(name);
  }
  return { unreal, faulty };
}

async function faultOf(
  root: string,
  entry: MetainfoEntry,
  stats: Stats | undefined,
): Promise<EntryFault | undefined> {
  if (stats === undefined) return 'missing';
  if (entry.kind === 'symlink') {
    const target = relativeTarget(entry.path, entry.target);
    return stats.isSymbolicLink() && (await readlink(entryPath(root, entry))) === target
      ? undefined
      : 'unlike';
  }
  if (!stats.isFile() || stats.size !== entry.length) return 'unlike';
  const mode = entry.executable ? EXECUTABLE_MODE : FILE_MODE;
  return (stats.mode & PERMISSION_BITS) === mode ? undefined : 'mode';
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
