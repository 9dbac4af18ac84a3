import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Bitfield, type Entries, type MetainfoEntry } from '@shoal/protocol';
import type { Arrangement } from '../ports/content-store.ts';
import { JOB_FILES } from './constants.ts';
import type { HashPool } from './hash-pool.ts';
import type { FileMove, FileSpan, PlaceJob } from './jobs.ts';
import { storeFailure } from './store-failure.ts';
import {
  directoriesOf,
  entryPath,
  impliedDirectories,
  layOutDirectories,
  layOutEntries,
  makeDirectory,
} from './tree-layout.ts';

/** Files of a tree that are being repaired: each is written at its path below another root, and moved into the tree when whole. */
export interface RepairedFiles {
  readonly root: string;
  /** Indexes; may grow until the first write. */
  readonly indexes: ReadonlySet<number>;
}

/** The directory beside a tree for what there is of files that are not wanted: each a sparse file, named by its index. */
export function asidePath(root: string): string {
  return `${root}.aside`;
}

/**
 * Where the files of a tree are: in it, or, while they are not wanted, aside. A piece that holds parts of wanted files and of
 * others is verified and written as a whole; so there are files aside. A file has one place at any time and changes it by
 * a rename: no byte is copied, and after a crash it is found where it is.
 */
export class FilePlacement {
  readonly #pool: HashPool;
  readonly #files: Entries<MetainfoEntry>;
  readonly #asideRoot: string;
  readonly #repaired: RepairedFiles | undefined;
  #root: string;
  /** By index. None until the first arrangement. */
  #aside: Bitfield;
  #isArranged = false;

  constructor(
    components: { readonly pool: HashPool },
    init: {
      readonly files: Entries<MetainfoEntry>;
      readonly root: string;
      readonly repaired?: RepairedFiles | undefined;
    },
  ) {
    this.#pool = components.pool;
    this.#files = init.files;
    this.#root = init.root;
    this.#asideRoot = asidePath(init.root);
    this.#repaired = init.repaired;
    this.#aside = Bitfield.none(init.files.length);
  }

  /** Whether every file is where {@link placeOf} says: not before the first arrangement, nor after one that failed. */
  get isArranged(): boolean {
    return this.#isArranged;
  }

  /** Where a file is. Those aside are made by the first write. */
  placeOf(fileIndex: number): Pick<FileSpan, 'path' | 'mayCreate'> {
    const file = this.#files.at(fileIndex);
    // The layout names files of this torrent only.
    if (file === undefined) throw new RangeError(`file ${String(fileIndex)} of a torrent`);
    if (this.#aside.has(fileIndex)) return { path: this.#pathAside(fileIndex), mayCreate: true };
    if (this.#repaired?.indexes.has(fileIndex) === true)
      return { path: entryPath(this.#repaired.root, file) };
    return { path: entryPath(this.#root, file) };
  }

  /** The tree was renamed. */
  relocate(root: string): void {
    this.#root = root;
  }

  /** Directories in which files were made or renamed: what an fsync must cover. */
  directories(): string[] {
    const directories = directoriesOf(
      this.#root,
      this.#entries((index) => !this.#aside.has(index)),
    );
    return this.#aside.count === 0 ? directories : [...directories, this.#asideRoot];
  }

  /**
   * See `ContentStore.arrange`; nobody may use the files meanwhile.
   * @returns what an fsync must cover: indexes of files that came into the tree; undefined when nothing was done
   * @throws StoreError; what is left undone then is done the next time
   */
  async arrange({ isWanted, isFetched }: Arrangement): Promise<number[] | undefined> {
    const before = this.#aside;
    const after = Bitfield.none(this.#files.length);
    const links: MetainfoEntry[] = [];
    for (const entry of this.#files) {
      if (!isWanted(entry)) after.add(entry.index);
      else if (entry.kind === 'symlink' && isFetched) links.push(entry);
    }
    const isChanged = !this.#isArranged || !isSame(before, after);
    if (isChanged) await this.#rearrange(after);
    await layOutEntries(this.#pool, this.#root, links);
    if (!isChanged && links.length === 0) return undefined;
    const entered = this.#entries((index, kind) => kind === 'file' && before.has(index) && !after.has(index));
    return Array.from(entered, ({ index }) => index);
  }

  /** Moves files to where they belong, and lays out those that are new in the tree. */
  async #rearrange(after: Bitfield): Promise<void> {
    const before = this.#isArranged ? this.#aside : undefined;
    this.#isArranged = false;
    const wanted = this.#entries((index) => !after.has(index));
    const isNew = await layOutDirectories(this.#pool, this.#root, wanted);
    if (after.count > 0) await makeDirectory(this.#asideRoot);
    await this.#bringBack(after);
    if (!isNew) {
      const leaving = this.#entries((index) => after.has(index) && before?.has(index) !== true);
      await this.#takeOut(leaving, wanted);
    }
    const entering = this.#entries(
      (index, kind) => kind === 'file' && !after.has(index) && before?.has(index) !== false,
    );
    await layOutEntries(this.#pool, this.#root, entering);
    this.#aside = after;
    this.#isArranged = true;
  }

  /** Moves wanted files that lie aside into the tree. */
  async #bringBack(aside: Bitfield): Promise<void> {
    const indexes = (await this.#findAside()).filter((index) => !aside.has(index));
    const moves = indexes.flatMap((index): FileMove[] => {
      const file = this.#files.at(index);
      return file === undefined ? [] : [{ from: this.#pathAside(index), to: entryPath(this.#root, file) }];
    });
    await this.#place({ moves });
  }

  /** Takes entries out of the tree, if they are there, and directories that nothing `wanted` is in. */
  async #takeOut(entries: Iterable<MetainfoEntry>, wanted: Iterable<MetainfoEntry>): Promise<void> {
    const moves: FileMove[] = [];
    const symlinks: string[] = [];
    for (const entry of entries) {
      const path = entryPath(this.#root, entry);
      if (entry.kind === 'symlink') symlinks.push(path);
      else moves.push({ from: path, to: this.#pathAside(entry.index) });
      if (moves.length + symlinks.length < JOB_FILES) continue;
      await this.#place({ moves: moves.splice(0), symlinks: symlinks.splice(0) });
    }
    await this.#place({ moves, symlinks });
    const kept = new Set(this.#directoriesOf(wanted));
    const left = this.#directoriesOf(entries).filter((path) => !kept.has(path));
    await this.#place({ directories: left.reverse() });
  }

  /** Indexes of the files that lie aside. */
  async #findAside(): Promise<number[]> {
    try {
      return (await readdir(this.#asideRoot)).filter((name) => /^\d{1,9}$/.test(name)).map(Number);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw storeFailure(error);
    }
  }

  async #place(parts: Partial<PlaceJob>): Promise<void> {
    await this.#pool.run({ kind: 'place', moves: [], symlinks: [], directories: [], ...parts });
  }

  #directoriesOf(entries: Iterable<MetainfoEntry>): string[] {
    return impliedDirectories(entries).map((path) => join(this.#root, ...path));
  }

  #pathAside(index: number): string {
    return join(this.#asideRoot, String(index));
  }

  /** Some of the entries, made anew whenever they are asked for. */
  #entries(isChosen: (index: number, kind: MetainfoEntry['kind']) => boolean): Iterable<MetainfoEntry> {
    const files = this.#files;
    return {
      *[Symbol.iterator]() {
        for (const entry of files) if (isChosen(entry.index, entry.kind)) yield entry;
      },
    };
  }
}

function isSame(a: Bitfield, b: Bitfield): boolean {
  return Buffer.compare(a.bytes, b.bytes) === 0;
}
