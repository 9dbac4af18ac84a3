import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StoreError } from '../ports/store-error.ts';
import { EXECUTABLE_MODE } from './constants.ts';
import { storeFailure } from './store-failure.ts';
import { syncPaths } from './sync-files.ts';

/**
 * Makes a finished tree visible at `final` by one rename, after everything in it is durable; a crash leaves either
 * nothing or the whole tree there. Both paths are on one file system. Missing parents of `final` are made.
 * @param onRenamed called right after the rename, for those who have files of the tree open (`ContentStore.relocate`)
 * @throws StoreError, SHOAL_STORE_IO when something is at `final` already
 */
export async function publishTree(
  incoming: string,
  final: string,
  onRenamed: () => void = () => undefined,
): Promise<void> {
  const parent = dirname(final);
  try {
    await mkdir(parent, { recursive: true });
    if (await exists(final)) throw occupied(final);
    await syncTree(incoming);
    // rename(2) would replace an empty directory; `final` was looked for above, and only we publish below `parent`.
    await rename(incoming, final);
    onRenamed();
    await syncPaths([parent, dirname(incoming)]);
  } catch (error) {
    throw storeFailure(error);
  }
}

/**
 * Moves the entries of a finished tree into another that is there, each by one rename, after everything in it is durable; then
 * removes what is left of it. A crash leaves every entry in one of the two.
 * @param options.replace whether what is at an entry's place gives way to it; who has that open keeps it
 * @throws StoreError, SHOAL_STORE_IO when something is there and is not to be replaced: nothing is overwritten
 */
export async function mergeTree(
  incoming: string,
  final: string,
  { replace = false }: { readonly replace?: boolean } = {},
): Promise<void> {
  try {
    await syncTree(incoming);
    const directories = [''];
    for (const directory of directories) {
      await enterDirectory(join(final, directory));
      for (const entry of await readdir(join(incoming, directory), { withFileTypes: true })) {
        const path = join(directory, entry.name);
        if (entry.isDirectory()) directories.push(path);
        else await moveInto(join(incoming, path), join(final, path), replace);
      }
    }
    await syncPaths(directories.map((directory) => join(final, directory)));
  } catch (error) {
    throw storeFailure(error);
  }
  await removeTree(incoming);
}

/**
 * Removes a tree, if it is there.
 * @throws StoreError
 */
export async function removeTree(root: string): Promise<void> {
  try {
    await rm(root, { recursive: true, force: true });
  } catch (error) {
    throw storeFailure(error);
  }
}

/** Removes a directory that is where a file or a symlink belongs: no rename replaces it. */
export async function clearPlace(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isDirectory() === true) await removeTree(path);
}

/** Makes a directory that is missing; a symlink in its place may lead anywhere. */
async function enterDirectory(path: string): Promise<void> {
  const made = await mkdir(path, { recursive: true, mode: EXECUTABLE_MODE });
  if (made === undefined && (await lstat(path)).isSymbolicLink()) throw occupied(path);
}

async function moveInto(from: string, to: string, replace: boolean): Promise<void> {
  // rename(2) replaces what is there, unless that is a directory; only we write below the tree.
  if (replace) await clearPlace(to);
  else if (await exists(to)) throw occupied(to);
  await rename(from, to);
}

/**
 * Makes all of a tree durable: files, a directory of them at a time, then directories, children before parents.
 * @throws the system's error
 */
export async function syncTree(root: string): Promise<void> {
  const directories: string[] = [root];
  for (let next = 0; next < directories.length; next += 1) {
    const directory = directories[next] ?? root;
    const files: string[] = [];
    for (const entry of await readdir(directory, { withFileTypes: true })) {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) directories.push(path);
      else if (entry.isFile()) files.push(path);
    }
    await syncPaths(files);
  }
  await syncPaths(directories.reverse());
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

function occupied(path: string): StoreError {
  return new StoreError('SHOAL_STORE_IO', `${path} exists already`, {
    remedy: 'Nothing was overwritten. Verify what is there, and remove it if it is not wanted.',
    path,
  });
}
