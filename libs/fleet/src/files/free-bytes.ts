import { statfs } from 'node:fs/promises';

/** Bytes free for this user where `path` is. */
export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}
