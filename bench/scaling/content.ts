import { randomFillSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createHashPool, createTorrent } from '@shoal/session';
import type { NodeTorrent } from './node-messages.ts';

const CHUNK = 8 * 1024 * 1024;

/** What a torrent of the benchmark holds. Bytes. */
export interface ContentSize {
  readonly bytes: number;
  readonly pieceLength: number;
}

/** Makes `count` torrents of a file of random bytes each, complete in a directory of their own. */
export async function createTorrents(
  directory: string,
  count: number,
  { bytes, pieceLength }: ContentSize,
): Promise<NodeTorrent[]> {
  const pool = createHashPool();
  try {
    const torrents: NodeTorrent[] = [];
    for (let index = 0; index < count; index += 1) {
      const own = join(directory, `torrent-${index}`);
      await mkdir(own, { recursive: true });
      const file = join(own, 'content.bin');
      await writeFile(file, randomChunks(bytes));
      const { bytes: metainfo } = await createTorrent(file, { pool, format: 'v2', pieceLength });
      const metainfoPath = join(directory, `${index}.torrent`);
      await writeFile(metainfoPath, metainfo);
      torrents.push({ metainfoPath, directory: own, isComplete: true });
    }
    return torrents;
  } finally {
    await pool.close();
  }
}

/** The same torrent, to be fetched into `directory`. */
export function toFetch({ metainfoPath }: NodeTorrent, directory: string): NodeTorrent {
  return { metainfoPath, directory, isComplete: false };
}

function* randomChunks(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= CHUNK)
    yield randomFillSync(Buffer.allocUnsafe(Math.min(CHUNK, left)));
}
