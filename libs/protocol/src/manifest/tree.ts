import { MAX_DIRECTORIES } from './constants.ts';
import type { ManifestEntry } from './manifest.ts';
import { ManifestError } from './manifest-error.ts';
import { foldName } from './path-rules.ts';

/** A directory of a tree, by name of what is in it. */
export interface Directory {
  readonly kind: 'directory';
  readonly path: readonly string[];
  readonly children: Map<string, TreeNode>;
}

/** What a path of a tree leads to. */
export type TreeNode = Directory | ManifestEntry;

/**
 * Arranges entries, in any order, as a tree.
 * @throws ManifestError when two entries cannot exist side by side: the same path twice, a file where a directory must
 * be, names that differ in case or Unicode form only; or when there are more than {@link MAX_DIRECTORIES} directories.
 */
export function buildTree(entries: readonly ManifestEntry[]): Directory {
  return new TreeBuilder().build(entries);
}

class TreeBuilder {
  readonly #root: Directory = { kind: 'directory', path: [], children: new Map() };
  /** For every directory, the names in it by their folded form. */
  readonly #foldedNames = new Map<Directory, Map<string, string>>([[this.#root, new Map()]]);

  build(entries: readonly ManifestEntry[]): Directory {
    for (const entry of entries) this.#add(entry);
    return this.#root;
  }

  #add(entry: ManifestEntry): void {
    let directory = this.#root;
    for (let depth = 1; depth < entry.path.length; depth += 1) {
      directory = this.#enter(directory, entry.path[depth - 1] ?? '', entry.path, depth);
    }
    const name = entry.path.at(-1) ?? '';
    const existing = directory.children.get(name);
    if (existing !== undefined) throw clash(existing, entry.path);
    this.#claimName(directory, name);
    directory.children.set(name, entry);
  }

  #enter(parent: Directory, name: string, path: readonly string[], depth: number): Directory {
    const existing = parent.children.get(name);
    if (existing?.kind === 'directory') return existing;
    if (existing !== undefined) throw clash(existing, path);
    this.#claimName(parent, name);
    if (this.#foldedNames.size > MAX_DIRECTORIES) {
      const message = `more than ${String(MAX_DIRECTORIES)} directories`;
      throw new ManifestError('SHOAL_MANIFEST_TOO_MANY_ENTRIES', message);
    }
    const directory: Directory = { kind: 'directory', path: path.slice(0, depth), children: new Map() };
    this.#foldedNames.set(directory, new Map());
    parent.children.set(name, directory);
    return directory;
  }

  #claimName(directory: Directory, name: string): void {
    const names = this.#foldedNames.get(directory);
    const folded = foldName(name);
    const twin = names?.get(folded);
    if (twin !== undefined) {
      throw new ManifestError('SHOAL_MANIFEST_NAME_TWINS', 'names that differ in case or Unicode form only', [
        [...directory.path, twin],
        [...directory.path, name],
      ]);
    }
    names?.set(folded, name);
  }
}

/** The error for a path that meets something else in its way, or at its end. */
function clash(existing: TreeNode, path: readonly string[]): ManifestError {
  if (existing.kind !== 'directory' && existing.path.length === path.length) {
    return new ManifestError('SHOAL_MANIFEST_DUPLICATE_PATH', 'the same path twice', [path]);
  }
  return new ManifestError('SHOAL_MANIFEST_FILE_AND_DIRECTORY', 'a file or symlink, and a directory', [
    existing.path,
    path,
  ]);
}
