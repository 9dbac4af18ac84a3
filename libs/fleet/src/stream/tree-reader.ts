import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { MetainfoFile } from '@shoal/protocol';
import type { OpenFiles, OpenReaderOptions } from '@shoal/session';
import { FleetError } from '../errors.ts';
import { TREE_CHUNK } from './constants.ts';
import type { ContentReader } from './streamed-content.ts';

/**
 * Reads a file of a tree that is in its place. It has nothing open between two reads: whoever it reads for may be slow.
 * Reads fail with the system's error, or FleetError SHOAL_STREAM_FILE_CHANGED.
 * @param files bounds how many are open at a time
 * @param root of the tree
 */
export function openTreeReader(
  files: OpenFiles,
  root: string,
  file: MetainfoFile,
  { start, end }: Required<Pick<OpenReaderOptions, 'start' | 'end'>>,
): ContentReader {
  const path = join(root, ...file.path);
  let position = start;

  async function readNext(): Promise<Uint8Array> {
    await using handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    const chunk = new Uint8Array(Math.min(TREE_CHUNK, end - position));
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, position);
    if (bytesRead > 0) return chunk.subarray(0, bytesRead);
    throw new FleetError('SHOAL_STREAM_FILE_CHANGED', `${path} ends before byte ${position}`);
  }

  return {
    async read() {
      if (position >= end) return undefined;
      const bytes = await files.once(readNext);
      position += bytes.length;
      return bytes;
    },
    close() {
      position = end;
    },
  };
}
