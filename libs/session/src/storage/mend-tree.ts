import { chmod, lstat, mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Metainfo } from '@shoal/protocol';
import { EXECUTABLE_MODE, FILE_MODE } from './constants.ts';
import { clearPlace, removeTree } from './publish-tree.ts';
import { storeFailure } from './store-failure.ts';
import type { TreeInspection } from './inspect-tree.ts';
import { syncPaths } from './sync-files.ts';
import { entryPath, relativeTarget } from './tree-layout.ts';

/**
 * Puts right what a tree lacks and no peer need send: directories, permissions and symlinks. Links appear by a rename;
 * what is in the place of a directory or a link is replaced. Files of other kinds and lengths are left as they are.
 * @param scratch directory on the same file system, made when missing
 * @returns how many entries were put right
 * @throws StoreError
 */
export async function mendTree(
  root: string,
  metainfo: Metainfo,
  { faults, directories }: Pick<TreeInspection, 'faults' | 'directories'>,
  scratch: string,
): Promise<number> {
  try {
    const changed = new Set<string>();
    for (const path of directories) {
      await mendDirectory(join(root, path));
      changed.add(join(root, path)).add(dirname(join(root, path)));
    }
    let mended = directories.length;
    for (const [index, fault] of faults) {
      const entry = metainfo.files.at(index);
      if (entry === undefined || (entry.kind === 'file' && fault !== 'mode')) continue;
      const path = entryPath(root, entry);
      if (entry.kind === 'file') await chmod(path, entry.executable ? EXECUTABLE_MODE : FILE_MODE);
      else await mendLink(path, relativeTarget(entry.path, entry.target), scratch);
      changed.add(dirname(path));
      mended += 1;
    }
    await syncPaths(changed);
    return mended;
  } catch (error) {
    throw storeFailure(error);
  }
}

async function mendDirectory(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isDirectory() !== true) {
    await rm(path, { force: true });
    await mkdir(path, { recursive: true });
  }
  await chmod(path, EXECUTABLE_MODE);
}

async function mendLink(path: string, target: string, scratch: string): Promise<void> {
  await mkdir(scratch, { recursive: true });
  const made = await mkdtemp(join(scratch, '.link-'));
  await symlink(target, join(made, 'link'));
  await clearPlace(path);
  await rename(join(made, 'link'), path);
  await removeTree(made);
}
