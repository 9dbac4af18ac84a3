import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The regular files below a directory, and their bytes; nothing when it is not there. */
export async function treeUsage(root: string): Promise<{ readonly files: number; readonly bytes: number }> {
  let files = 0;
  let bytes = 0;
  const directories = [root];
  for (const directory of directories) {
    for (const entry of await readdir(directory, { withFileTypes: true }).catch(() => [])) {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) directories.push(path);
      if (!entry.isFile()) continue;
      files += 1;
      // It may be replaced at this moment.
      bytes += await lstat(path).then(
        ({ size }) => size,
        () => 0,
      );
    }
  }
  return { files, bytes };
}
