import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Entries, MetainfoEntry } from '@shoal/protocol';

/** Indexes of the wanted entries that a tree does not have: files of another length count as missing. */
export async function missingEntries(
  root: string,
  entries: Entries<MetainfoEntry>,
  isWanted: (entry: MetainfoEntry) => boolean,
): Promise<ReadonlySet<number>> {
  const missing = new Set<number>();
  for (const entry of entries) {
    if (isWanted(entry) && !(await isThere(join(root, ...entry.path), entry))) missing.add(entry.index);
  }
  return missing;
}

async function isThere(path: string, entry: MetainfoEntry): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  if (entry.kind === 'symlink') return found?.isSymbolicLink() === true;
  return found?.isFile() === true && found.size === entry.length;
}
