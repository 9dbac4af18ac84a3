import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Metainfo, parsePartialMetainfo } from '@shoal/protocol';
import { hashesOf, type TorrentHashes, writeFileAtomic } from '@shoal/session';

/**
 * The metainfo that the fetch of a magnet link has found out, kept beside the content until that is in its place: a fetch that
 * goes on asks nobody for it again.
 */
export class SavedMetainfo {
  readonly #path: string;
  readonly #hashes: TorrentHashes;

  /** @param hashes one at least, as the link has them */
  constructor(directory: string, hashes: TorrentHashes) {
    const name = Buffer.from(hashes.v1 ?? hashes.v2 ?? []).toString('hex');
    this.#path = join(directory, `.${name}.torrent`);
    this.#hashes = hashes;
  }

  /** Undefined when there is none, or one that is damaged or of another torrent. */
  async read(): Promise<Metainfo | undefined> {
    try {
      const metainfo = parsePartialMetainfo(await readFile(this.#path));
      const { v1, v2 } = hashesOf(metainfo);
      return isHash(this.#hashes.v1, v1) && isHash(this.#hashes.v2, v2) ? metainfo : undefined;
    } catch {
      return undefined;
    }
  }

  /** @throws the system's error */
  async write(bytes: Uint8Array): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true });
    await writeFileAtomic(this.#path, bytes, false);
  }

  /** @throws the system's error */
  async remove(): Promise<void> {
    await rm(this.#path, { force: true });
  }
}

/** Whether a hash is the one that is expected, if any is. */
function isHash(expected: Uint8Array | undefined, actual: Uint8Array | undefined): boolean {
  return expected === undefined || (actual !== undefined && Buffer.compare(expected, actual) === 0);
}
