import { MAX_DIRECTORIES } from './constants.ts';
import type { Entries, ManifestEntry } from './manifest.ts';
import { ManifestError } from './manifest-error.ts';
import { foldName } from './path-rules.ts';

/** Number of a directory of a tree. */
export type DirectoryId = number;

/** The root's. */
export const ROOT: DirectoryId = 0;

/** What a path of a tree leads to: a directory, or the entry at an index. */
export type TreeNode =
  | { readonly kind: 'directory'; readonly id: DirectoryId }
  | { readonly kind: 'entry'; readonly index: number };

/** A directory that has a name. */
interface Directory {
  readonly name: string;
  readonly parent: DirectoryId;
}

/**
 * Entries, in any order, as a tree. One map holds all names, folded: a map for each directory would take several times
 * the memory.
 */
export class Tree {
  readonly #entries: Entries;
  /** By number, less one: the root has no name. */
  readonly #directories: Directory[] = [];
  /** By directory and folded name: an entry's index, or a directory's number as a negative. */
  readonly #nodes = new Map<string, number>();

  /**
   * @throws ManifestError when two entries cannot exist side by side: the same path twice, a file where a directory must
   * be, names that differ in case or Unicode form only; or when there are more than {@link MAX_DIRECTORIES} directories.
   */
  constructor(entries: Entries) {
    this.#entries = entries;
    let index = 0;
    for (const entry of entries) {
      this.#add(entry, index);
      index += 1;
    }
  }

  /** What has the name, exactly, in a directory. */
  child(directory: DirectoryId, name: string): TreeNode | undefined {
    const node = this.#find(directory, name);
    return node !== undefined && this.#nameOf(node) === name ? node : undefined;
  }

  #add(entry: ManifestEntry, index: number): void {
    let directory = ROOT;
    for (let depth = 1; depth < entry.path.length; depth += 1) {
      directory = this.#enter(directory, entry.path[depth - 1] ?? '', entry.path);
    }
    const name = entry.path.at(-1) ?? '';
    const existing = this.#find(directory, name);
    if (existing === undefined) this.#nodes.set(nodeKey(directory, name), index);
    else throw this.#clash(existing, directory, name, entry.path);
  }

  #enter(parent: DirectoryId, name: string, path: readonly string[]): DirectoryId {
    const existing = this.#find(parent, name);
    if (existing?.kind === 'directory' && this.#nameOf(existing) === name) return existing.id;
    if (existing !== undefined) throw this.#clash(existing, parent, name, path);
    if (this.#directories.length >= MAX_DIRECTORIES) {
      const message = `more than ${String(MAX_DIRECTORIES)} directories`;
      throw new ManifestError('SHOAL_MANIFEST_TOO_MANY_ENTRIES', message);
    }
    const id = this.#directories.push({ name, parent });
    this.#nodes.set(nodeKey(parent, name), -id);
    return id;
  }

  /** What has the name, or one that differs in case or Unicode form only. */
  #find(directory: DirectoryId, name: string): TreeNode | undefined {
    const found = this.#nodes.get(nodeKey(directory, name));
    if (found === undefined) return undefined;
    return found < 0 ? { kind: 'directory', id: -found } : { kind: 'entry', index: found };
  }

  #nameOf(node: TreeNode): string | undefined {
    if (node.kind === 'directory') return this.#directories[node.id - 1]?.name;
    return this.#entries.at(node.index)?.path.at(-1);
  }

  #pathOf(node: TreeNode): readonly string[] {
    if (node.kind === 'entry') return this.#entries.at(node.index)?.path ?? [];
    const path: string[] = [];
    for (let id = node.id; id !== ROOT;) {
      const directory = this.#directories[id - 1];
      path.push(directory?.name ?? '');
      id = directory?.parent ?? ROOT;
    }
    return path.reverse();
  }

  /** The error for a path that meets something else in its way, or at its end, under `name` in a directory. */
  #clash(existing: TreeNode, parent: DirectoryId, name: string, path: readonly string[]): ManifestError {
    const taken = this.#pathOf(existing);
    if (taken.at(-1) !== name) {
      const message = 'names that differ in case or Unicode form only';
      const twin = [...this.#pathOf({ kind: 'directory', id: parent }), name];
      return new ManifestError('SHOAL_MANIFEST_NAME_TWINS', message, [taken, twin]);
    }
    if (existing.kind === 'entry' && taken.length === path.length) {
      return new ManifestError('SHOAL_MANIFEST_DUPLICATE_PATH', 'the same path twice', [path]);
    }
    const message = 'a file or symlink, and a directory';
    return new ManifestError('SHOAL_MANIFEST_FILE_AND_DIRECTORY', message, [taken, path]);
  }
}

function nodeKey(directory: DirectoryId, name: string): string {
  return `${String(directory)}/${foldName(name)}`;
}
