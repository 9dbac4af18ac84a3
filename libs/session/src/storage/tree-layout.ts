import { mkdir } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { ManifestEntry, ManifestFile } from '@shoal/protocol';
import { forEachLimited } from './concurrency.ts';
import { EXECUTABLE_MODE, FILE_MODE, JOB_FILES, JOBS_AHEAD } from './constants.ts';
import type { HashPool } from './hash-pool.ts';
import type { LayoutFile, LayoutJob, LayoutSymlink } from './jobs.ts';
import { storeFailure } from './store-failure.ts';

/** Absolute path of an entry below `root`. Manifests are validated, so it stays below. */
export function entryPath(root: string, entry: Pick<ManifestEntry, 'path'>): string {
  return [root, ...entry.path].join(sep);
}

/** The directories that paths imply, parents before children, each once; the root is not among them. */
export function impliedDirectories(entries: Iterable<Pick<ManifestEntry, 'path'>>): string[][] {
  const seen = new Set<string>();
  const directories: string[][] = [];
  for (const { path } of entries) {
    for (let depth = 1; depth < path.length; depth += 1) {
      const directory = path.slice(0, depth);
      const key = directory.join('/');
      if (seen.has(key)) continue;
      seen.add(key);
      directories.push(directory);
    }
  }
  return directories;
}

/**
 * What a symlink at `path` says to lead to `target`; both are components below the root (BEP 47), the link itself is
 * relative, so that it stays inside wherever the tree moves.
 */
export function relativeTarget(path: readonly string[], target: readonly string[]): string {
  const directory = path.slice(0, -1);
  let shared = 0;
  while (shared < directory.length && shared < target.length - 1 && directory[shared] === target[shared]) {
    shared += 1;
  }
  return [...directory.slice(shared).map(() => '..'), ...target.slice(shared)].join('/');
}

/**
 * Lays a tree out below `root`, which is made when missing: directories, files of their full length (sparse), symlinks.
 * What is right already is kept, content included, so it can be repeated after a crash.
 * @throws StoreError
 */
export async function layOutTree(
  pool: HashPool,
  root: string,
  entries: Iterable<ManifestEntry>,
): Promise<void> {
  await layOutDirectories(pool, root, entries);
  await layOutEntries(pool, root, entries);
}

/**
 * The directories of a tree alone, as {@link layOutTree}.
 * @returns whether the root was made
 * @throws StoreError
 */
export async function layOutDirectories(
  pool: HashPool,
  root: string,
  entries: Iterable<ManifestEntry>,
): Promise<boolean> {
  const made = await makeDirectory(root);
  const directories = impliedDirectories(entries).map((path) => join(root, ...path));
  await pool.run(layoutJob({ directories }));
  return made;
}

/**
 * The files and symlinks of a tree whose directories are there, as {@link layOutTree}.
 * @throws StoreError
 */
export async function layOutEntries(
  pool: HashPool,
  root: string,
  entries: Iterable<ManifestEntry>,
): Promise<void> {
  // A few jobs at a time: the paths of all files of a tree would take tens of megabytes.
  await forEachLimited(layoutJobs(root, entries), pool.threads * JOBS_AHEAD, async (job) => {
    await pool.run(job);
  });
}

/**
 * Makes a directory, and those around it. Returns whether it was not there.
 * @throws StoreError
 */
export async function makeDirectory(path: string): Promise<boolean> {
  try {
    return (await mkdir(path, { recursive: true, mode: EXECUTABLE_MODE })) !== undefined;
  } catch (error) {
    throw storeFailure(error);
  }
}

/** Jobs that make the files and symlinks of a tree, whose directories are there. */
function* layoutJobs(root: string, entries: Iterable<ManifestEntry>): Generator<LayoutJob, undefined> {
  let files: LayoutFile[] = [];
  let symlinks: LayoutSymlink[] = [];
  for (const entry of entries) {
    const path = entryPath(root, entry);
    if (entry.kind === 'symlink') symlinks.push({ path, target: relativeTarget(entry.path, entry.target) });
    else files.push(layoutFile(root, entry));
    if (files.length + symlinks.length < JOB_FILES) continue;
    yield layoutJob({ files, symlinks });
    files = [];
    symlinks = [];
  }
  yield layoutJob({ files, symlinks });
  return undefined;
}

/** A regular file below `root`, as it is to be laid out. */
export function layoutFile(root: string, file: ManifestFile): LayoutFile {
  const mode = file.executable ? EXECUTABLE_MODE : FILE_MODE;
  return { path: entryPath(root, file), length: file.length, mode };
}

function layoutJob(parts: Partial<LayoutJob>): LayoutJob {
  return { kind: 'layout', directories: [], files: [], symlinks: [], ...parts };
}

/** Directories that hold entries of the tree, and the root: what an fsync of the tree's structure must cover. */
export function directoriesOf(root: string, entries: Iterable<Pick<ManifestEntry, 'path'>>): string[] {
  return [root, ...impliedDirectories(entries).map((path) => join(root, ...path))];
}
