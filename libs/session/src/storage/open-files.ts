import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

interface OpenFile {
  readonly handle: Promise<FileHandle>;
  users: number;
  evicted: boolean;
}

/** Files open for reading, at most `max` that are not in use; the least recently used is closed first. */
export class OpenFiles {
  readonly #max: number;
  /** In order of last use. */
  readonly #files = new Map<number, OpenFile>();

  constructor(max: number) {
    this.#max = max;
  }

  /** Calls `use` with the file of number `key`, opened at `path` (never through a symlink at its end) if it is not open. */
  async with<T>(key: number, path: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
    const file = this.#take(key, path);
    file.users += 1;
    try {
      return await use(await file.handle);
    } finally {
      file.users -= 1;
      if (file.evicted && file.users === 0) await closeQuietly(file);
    }
  }

  /** Closes all files; those in use when their user is done. */
  async close(): Promise<void> {
    await Promise.all([...this.#files.keys()].map((key) => this.#evict(key)));
  }

  #take(key: number, path: string): OpenFile {
    const known = this.#files.get(key);
    if (known !== undefined) {
      this.#files.delete(key);
      this.#files.set(key, known);
      return known;
    }
    const handle = open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    const file: OpenFile = { handle, users: 0, evicted: false };
    this.#files.set(key, file);
    handle.catch(() => {
      // So that the next read tries again.
      if (this.#files.get(key) === file) this.#files.delete(key);
    });
    const [oldest] = this.#files.keys();
    if (this.#files.size > this.#max && oldest !== undefined) void this.#evict(oldest);
    return file;
  }

  async #evict(key: number): Promise<void> {
    const file = this.#files.get(key);
    if (file === undefined) return;
    this.#files.delete(key);
    file.evicted = true;
    if (file.users === 0) await closeQuietly(file);
  }
}

/** Closes a file that was only read: a failure to open was its reader's, a failure to close loses nothing. */
async function closeQuietly(file: OpenFile): Promise<void> {
  await file.handle.then((handle) => handle.close()).catch(() => undefined);
}
