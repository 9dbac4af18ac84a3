import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/*
 * Changes to a process's own files that a crash or a power cut leaves whole. Directories may be reached through symlinks:
 * where they are is the operator's choice. What comes from a torrent is synced by `syncPaths`, which follows none.
 */

/** Makes a directory's entries durable: names created in it, renamed or removed before the call. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/**
 * Replaces a file as a whole: after a crash it has the old content or the new, never a part, and once this resolved the
 * new. One writer at a time per path.
 * @param isDurable whether that holds for a power cut too, which takes two fsyncs; else for a killed process alone
 * @throws the system's error
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  isDurable = true,
): Promise<void> {
  const temporary = `${path}.new`;
  const file = await open(temporary, 'w', 0o644);
  try {
    await file.writeFile(content);
    if (isDurable) await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  if (isDurable) await syncDirectory(dirname(path));
}

/** Removes a file or a whole tree, durably; one that is not there is fine. */
export async function removeDurably(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
  await syncDirectory(dirname(path));
}
