import { ROOT_LENGTH } from './constants.ts';
import { DirectoryTable } from './directory-table.ts';
import type { Entries, ManifestEntry, ManifestFile } from './manifest.ts';
import { ManifestError } from './manifest-error.ts';

/** Rows that a table first has room for; it doubles when they are full. */
const FIRST_ROWS = 64;

const IS_SYMLINK = 1;
const IS_EXECUTABLE = 2;
const HAS_ROOT = 4;
const IS_HIDDEN = 8;

/**
 * Entries in columns: some 100 bytes each, most of them outside the JavaScript heap, where objects take 500 and are copied
 * by the collector. Entries are made anew whenever they are asked for.
 */
export class EntryTable implements Entries {
  #length = 0;
  readonly #directories = new DirectoryTable();
  readonly #names: string[] = [];
  /** Row of the directory that each entry is in. */
  #parents = new Uint32Array(FIRST_ROWS);
  #lengths = new Float64Array(FIRST_ROWS);
  #flags = new Uint8Array(FIRST_ROWS);
  /** Packed Merkle roots; made when the first one comes. */
  #roots = new Uint8Array(0);
  /** Of symlinks, by row. */
  readonly #targets = new Map<number, readonly string[]>();

  /** A table of what is known of entries as those of a manifest. */
  static of(entries: Iterable<ManifestEntry>): EntryTable {
    const table = new EntryTable();
    for (const entry of entries) table.append(entry);
    return table;
  }

  get length(): number {
    return this.#length;
  }

  /**
   * Adds an entry behind the others, whether it is valid or not.
   * @throws ManifestError SHOAL_MANIFEST_INVALID_ROOT for a root that has no room in a column: one of other than 32 bytes
   */
  append(entry: ManifestEntry): void {
    const row = this.#length;
    if (row === this.#flags.length) this.#grow(row * 2);
    this.#names.push(entry.path.at(-1) ?? '');
    this.#parents[row] = this.#directories.enter(entry.path);
    const hidden = entry.hidden === true ? IS_HIDDEN : 0;
    if (entry.kind === 'symlink') {
      this.#flags[row] = IS_SYMLINK | hidden;
      this.#targets.set(row, entry.target);
    } else {
      this.#flags[row] = (entry.executable ? IS_EXECUTABLE : 0) | (entry.piecesRoot ? HAS_ROOT : 0) | hidden;
      this.#lengths[row] = entry.length;
      this.#setRoot(row, entry);
    }
    this.#length = row + 1;
  }

  /** Replaces the target of the symlink at an index. */
  retarget(index: number, target: readonly string[]): void {
    this.#targets.set(index, target);
  }

  at(index: number): ManifestEntry | undefined {
    const name = this.#names[index];
    const parent = this.#parents[index];
    if (name === undefined || parent === undefined) return undefined;
    const path = [...this.#directories.pathOf(parent), name];
    const flags = this.#flags[index] ?? 0;
    const hidden = flags & IS_HIDDEN ? { hidden: true } : {};
    if (flags & IS_SYMLINK)
      return { kind: 'symlink', path, target: this.#targets.get(index) ?? [], ...hidden };
    const length = this.#lengths[index] ?? 0;
    const executable = (flags & IS_EXECUTABLE) !== 0;
    if ((flags & HAS_ROOT) === 0) return { kind: 'file', path, length, executable, ...hidden };
    const piecesRoot = this.#roots.subarray(index * ROOT_LENGTH, (index + 1) * ROOT_LENGTH);
    return { kind: 'file', path, length, executable, piecesRoot, ...hidden };
  }

  *[Symbol.iterator](): Generator<ManifestEntry, undefined> {
    for (let index = 0; index < this.#length; index += 1) {
      const entry = this.at(index);
      if (entry !== undefined) yield entry;
    }
    return undefined;
  }

  #setRoot(row: number, { piecesRoot: root, path }: ManifestFile): void {
    if (root === undefined) return;
    if (root.length !== ROOT_LENGTH) {
      throw new ManifestError('SHOAL_MANIFEST_INVALID_ROOT', 'a Merkle root that is not 32 bytes', [path]);
    }
    const room = this.#flags.length * ROOT_LENGTH;
    if (this.#roots.length < room) this.#roots = copyInto(new Uint8Array(room), this.#roots);
    this.#roots.set(root, row * ROOT_LENGTH);
  }

  #grow(rows: number): void {
    this.#parents = copyInto(new Uint32Array(rows), this.#parents);
    this.#lengths = copyInto(new Float64Array(rows), this.#lengths);
    this.#flags = copyInto(new Uint8Array(rows), this.#flags);
  }
}

function copyInto<T extends { set(from: ArrayLike<number>): void }>(larger: T, from: ArrayLike<number>): T {
  larger.set(from);
  return larger;
}
