import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { MAX_OPEN_FILES } from './constants.ts';

interface OpenFile {
  readonly key: string;
  readonly handle: Promise<FileHandle>;
  users: number;
}

/**
 * Files open for reading, bounded over all torrents of a process: the system bounds them for a process too. A file stays
 * open until the room is needed, the least recently used going first; when all are in use, readers wait in line.
 */
export class OpenFiles {
  readonly #max: number;
  /** Those that stay open, in order of last use. */
  readonly #files = new Map<string, OpenFile>();
  /** Files that are open, or being opened or closed: never more than allowed. */
  #count = 0;
  readonly #waiting: (() => void)[] = [];

  /** @param max files open at the same time, at least 1 @default 256 */
  constructor(max = MAX_OPEN_FILES) {
    this.#max = Math.max(1, max);
  }

  /**
   * Calls `use` with the file of a key, opened at `path` (never through a symlink at its end) if it is not open. `use` must
   * not wait for another file. Rejects with the system's error, or that of `use`.
   */
  async with<T>(key: string, path: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
    const file = this.#known(key) ?? (await this.#open(key, path));
    try {
      return await use(await file.handle);
    } finally {
      file.users -= 1;
      if (file.users === 0 && (this.#waiting.length > 0 || !this.#isKept(file))) void this.#close(file);
    }
  }

  /** Calls `use` when there is room for a file that it opens, and closes before it is done. */
  async once<T>(use: () => Promise<T>): Promise<T> {
    await this.#enter();
    try {
      return await use();
    } finally {
      this.#leave();
    }
  }

  /** Closes the files whose keys start with `prefix`; those in use when their users are done. */
  async close(prefix: string): Promise<void> {
    const files = [...this.#files.values()].filter(({ key }) => key.startsWith(prefix));
    for (const { key } of files) this.#files.delete(key);
    await Promise.all(files.filter(({ users }) => users === 0).map((file) => this.#close(file)));
  }

  /** The file of a key if it is open, with one user more. */
  #known(key: string): OpenFile | undefined {
    const file = this.#files.get(key);
    if (file === undefined) return undefined;
    this.#files.delete(key);
    this.#files.set(key, file);
    file.users += 1;
    return file;
  }

  async #open(key: string, path: string): Promise<OpenFile> {
    await this.#enter();
    const known = this.#known(key);
    if (known !== undefined) {
      // Somebody else who waited has opened it.
      this.#leave();
      return known;
    }
    const file: OpenFile = { key, handle: open(path, constants.O_RDONLY | constants.O_NOFOLLOW), users: 1 };
    this.#files.set(key, file);
    // So that the next read tries again.
    file.handle.catch(() => this.#forget(file));
    return file;
  }

  /** Waits for room for one file, and takes it. */
  async #enter(): Promise<void> {
    if (this.#count < this.#max) {
      this.#count += 1;
      return;
    }
    const hasRoom = new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
    });
    for (const file of this.#files.values()) {
      if (file.users > 0) continue;
      void this.#close(file);
      break;
    }
    await hasRoom;
  }

  /** Gives room for one file back, or on to who waited longest. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#count -= 1;
    else next();
  }

  #isKept(file: OpenFile): boolean {
    return this.#files.get(file.key) === file;
  }

  #forget(file: OpenFile): void {
    if (this.#isKept(file)) this.#files.delete(file.key);
  }

  /** Closes a file that was only read: a failure to open was its reader's, a failure to close loses nothing. */
  async #close(file: OpenFile): Promise<void> {
    this.#forget(file);
    await file.handle.then((handle) => handle.close()).catch(() => undefined);
    this.#leave();
  }
}
