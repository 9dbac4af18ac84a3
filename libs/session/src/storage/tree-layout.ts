import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ManifestEntry } from '@shoal/protocol';
import { EXECUTABLE_MODE, FILE_MODE, JOB_FILES } from './constants.ts';
import type { HashPool } from './hash-pool.ts';
import type { LayoutFile, LayoutJob } from './jobs.ts';
import { storeFailure } from './store-failure.ts';

/** Absolute path of an entry below `root`. Manifests are validated, so it stays below. */
export function entryPath(root: string, entry: Pick<ManifestEntry, 'path'>): string {
  return join(root, ...entry.path);
}

/** The directories that paths imply, parents before children, each once; the root is not among them. */
export function impliedDirectories(entries: readonly Pick<ManifestEntry, 'path'>[]): string[][] {
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
  entries: readonly ManifestEntry[],
): Promise<void> {
  try {
    await mkdir(root, { recursive: true, mode: EXECUTABLE_MODE });
  } catch (error) {
    throw storeFailure(error);
  }
  const directories = impliedDirectories(entries).map((path) => join(root, ...path));
  await pool.run(layoutJob({ directories }));
  const files = entries
    .filter((entry) => entry.kind === 'file')
    .map((file): LayoutFile => ({
      path: entryPath(root, file),
      length: file.length,
      mode: file.executable ? EXECUTABLE_MODE : FILE_MODE,
    }));
  const batches = Array.from({ length: Math.ceil(files.length / JOB_FILES) }, (_, i) =>
    files.slice(i * JOB_FILES, (i + 1) * JOB_FILES),
  );
  await Promise.all(batches.map((batch) => pool.run(layoutJob({ files: batch }))));
  const symlinks = entries
    .filter((entry) => entry.kind === 'symlink')
    .map((link) => ({ path: entryPath(root, link), target: relativeTarget(link.path, link.target) }));
  await pool.run(layoutJob({ symlinks }));
}

function layoutJob(parts: Partial<LayoutJob>): LayoutJob {
  return { kind: 'layout', directories: [], files: [], symlinks: [], ...parts };
}

/** Directories that hold entries of the tree, and the root: what an fsync of the tree's structure must cover. */
export function directoriesOf(root: string, entries: readonly Pick<ManifestEntry, 'path'>[]): string[] {
  return [root, ...impliedDirectories(entries).map((path) => join(root, ...path))];
}
