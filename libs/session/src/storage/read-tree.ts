import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Entries, ManifestFile } from '@shoal/protocol';
import { STREAM_CHUNK_BYTES } from './constants.ts';
import { TreeError } from './tree-error.ts';
import { entryPath } from './tree-layout.ts';

/**
 * The bytes of a tree's regular files, one after the other in the order of the entries, from `fromOffset` on. Small files
 * share a chunk. Chunks have at most 256 KiB and are the caller's.
 * @throws TreeError SHOAL_TREE_CHANGED when a file has not the length its entry names, SHOAL_TREE_UNREADABLE
 */
export async function* readTree(
  root: string,
  entries: Entries,
  fromOffset = 0,
): AsyncGenerator<Uint8Array, void, undefined> {
  let chunk = new Uint8Array(STREAM_CHUNK_BYTES);
  let filled = 0;
  let start = 0;
  for (const entry of entries) {
    if (entry.kind !== 'file') continue;
    const skip = Math.max(0, fromOffset - start);
    start += entry.length;
    if (skip >= entry.length) continue;
    for await (const count of fillFrom(entryPath(root, entry), entry, skip, () => chunk.subarray(filled))) {
      filled += count;
      if (filled < chunk.length) continue;
      yield chunk;
      chunk = new Uint8Array(STREAM_CHUNK_BYTES);
      filled = 0;
    }
  }
  if (filled > 0) yield chunk.subarray(0, filled);
}

/** Reads one file from `from` on, each time into what `room` gives; tells how many bytes came. */
async function* fillFrom(
  path: string,
  file: ManifestFile,
  from: number,
  room: () => Uint8Array,
): AsyncGenerator<number, void, undefined> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((error: unknown) => {
    throw new TreeError('SHOAL_TREE_UNREADABLE', path, 'cannot be opened', error);
  });
  try {
    if ((await handle.stat()).size !== file.length) throw changed(path);
    for (let done = from; done < file.length;) {
      const target = room();
      const length = Math.min(target.length, file.length - done);
      const { bytesRead } = await handle.read(target, 0, length, done);
      if (bytesRead === 0) throw changed(path);
      done += bytesRead;
      yield bytesRead;
    }
    if ((await handle.stat()).size !== file.length) throw changed(path);
  } finally {
    await handle.close();
  }
}

function changed(path: string): TreeError {
  return new TreeError('SHOAL_TREE_CHANGED', path, 'changed while it was read');
}
