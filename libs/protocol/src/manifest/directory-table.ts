/** Row of the root. */
const ROOT = 0;

/**
 * The directories that paths are in, as names with a parent each, so that a hundred thousand deep paths share what they
 * have in common. Paths that follow each other share it; one directory may have several rows when paths come unsorted.
 */
export class DirectoryTable {
  readonly #names: string[] = [''];
  readonly #parents: number[] = [ROOT];
  /** The directories of the path entered last, from the top, and their rows. */
  readonly #lastNames: string[] = [];
  readonly #lastRows: number[] = [];
  /** The path asked for last: entries that follow each other are mostly in one directory. */
  #knownRow = ROOT;
  #knownPath: readonly string[] = [];

  /** Row of the directory that the last component of `path` is in. */
  enter(path: readonly string[]): number {
    const depth = path.length - 1;
    let shared = 0;
    while (shared < depth && shared < this.#lastNames.length && this.#lastNames[shared] === path[shared]) {
      shared += 1;
    }
    this.#lastNames.length = shared;
    this.#lastRows.length = shared;
    for (const name of path.slice(shared, -1)) {
      this.#parents.push(this.#lastRows.at(-1) ?? ROOT);
      this.#names.push(name);
      this.#lastNames.push(name);
      this.#lastRows.push(this.#names.length - 1);
    }
    return this.#lastRows.at(-1) ?? ROOT;
  }

  /** Components of the directory of a row. */
  pathOf(row: number): readonly string[] {
    if (row === this.#knownRow) return this.#knownPath;
    const path: string[] = [];
    for (let at = row; at !== ROOT; at = this.#parents[at] ?? ROOT) path.push(this.#names[at] ?? '');
    this.#knownRow = row;
    this.#knownPath = path.reverse();
    return this.#knownPath;
  }
}
