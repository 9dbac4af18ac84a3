import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createHash } from 'node:crypto';

/** Every file and symlink below `root`: its mode bits and a hash of its content, or where it points to. */
export async function describeTree(root: string): Promise<Record<string, string>> {
  const described: Record<string, string> = {};
  for (const path of (await readdir(root, { recursive: true })).sort()) {
    const full = join(root, path);
    const stats = await lstat(full);
    if (stats.isSymbolicLink()) described[path] = `-> ${await readlink(full)}`;
    else if (stats.isFile()) {
      const hash = createHash('sha256')
        .update(await readFile(full))
        .digest('hex');
      described[path] = `${(stats.mode & 0o777).toString(8)} ${hash}`;
    }
  }
  return described;
}
