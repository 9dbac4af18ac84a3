import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { ShoalError } from '@shoal/contracts';
import type { Entries, MetainfoEntry } from '@shoal/protocol';
import { Status } from 'nice-grpc-common';

/**
 * Looks which of the wanted entries of a tree are at `root` already: of the same kind and length. They are not read.
 * @throws ShoalError SHOAL_CLI_EXISTS when something else is in the place of one
 */
export async function filesAt(
  root: string,
  entries: Entries<MetainfoEntry>,
  isWanted: (entry: MetainfoEntry) => boolean,
): Promise<(entry: MetainfoEntry) => boolean> {
  const there = new Set<number>();
  for (const entry of (await lookAt(root)) === undefined ? [] : entries) {
    if (!isWanted(entry)) continue;
    const path = join(root, ...entry.path);
    const found = await lookAt(path);
    if (found === undefined) continue;
    const isSame =
      entry.kind === 'symlink' ? found.isSymbolicLink() : found.isFile() && found.size === entry.length;
    if (!isSame) throw inTheWay(path);
    there.add(entry.index);
  }
  return ({ index }) => there.has(index);
}

/** `undefined` when nothing is there. */
async function lookAt(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return undefined;
    if (code === 'ENOTDIR') throw inTheWay(path);
    throw error;
  }
}

function inTheWay(path: string): ShoalError {
  return new ShoalError({
    code: 'SHOAL_CLI_EXISTS',
    status: Status.ALREADY_EXISTS,
    message: `something else is in the place of ${path}`,
    remedy: 'Nothing was overwritten. Fetch into another directory with --to, or remove what is there.',
  });
}
