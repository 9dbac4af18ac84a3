import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { storeFailure } from './store-failure.ts';

/**
 * Whether anything at or below `root` was changed after a moment: content, permissions, or names in directories. Looks at
 * ctimes alone (see `InspectTreeOptions.since`), so that it costs a `lstat` for each entry and needs no metainfo. The root's
 * own ctime does not count, because publishing renames it; what is added to or removed from it shows in its mtime.
 * @param since milliseconds since 1970, as the file system tells time
 * @param onEntry awaited before each entry: may hold the walk back, or throw to end it
 * @throws StoreError when something cannot be read; a root that is not there counts as changed
 */
export async function changedSince(
  root: string,
  since: number,
  onEntry: () => Promise<void> | undefined,
): Promise<boolean> {
  try {
    if ((await lstat(root)).mtimeMs > since) return true;
    const directories = [root];
    for (const directory of directories) {
      for (const child of await readdir(directory, { withFileTypes: true })) {
        await onEntry();
        const path = join(directory, child.name);
        if ((await lstat(path)).ctimeMs > since) return true;
        if (child.isDirectory()) directories.push(path);
      }
    }
    return false;
  } catch (error) {
    if (isMissing(error)) return true;
    throw error instanceof Error && 'syscall' in error ? storeFailure(error) : error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
