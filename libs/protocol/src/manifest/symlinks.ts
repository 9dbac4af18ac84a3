import { MAX_SYMLINK_HOPS } from './constants.ts';
import type { Entries, ManifestSymlink } from './manifest.ts';
import { ManifestError } from './manifest-error.ts';
import { checkPath } from './path-rules.ts';
import { ROOT, type Tree, type TreeNode } from './tree.ts';

/** Where a symlink ends, and how many symlinks were followed on the way, itself included. */
interface Resolution {
  /** A file or directory. */
  readonly node: TreeNode;
  readonly hops: number;
}

/**
 * Checks that every symlink among `entries` leads to a file or directory of the tree, through other symlinks if need be.
 * Linear in the number of symlinks: what one leads to is remembered.
 * @throws ManifestError SHOAL_MANIFEST_INVALID_TARGET, SHOAL_MANIFEST_DANGLING_SYMLINK or SHOAL_MANIFEST_SYMLINK_LOOP
 */
export function checkSymlinks(entries: Entries, tree: Tree): void {
  const resolver = new SymlinkResolver(entries, tree);
  let index = 0;
  for (const entry of entries) {
    if (entry.kind === 'symlink') resolver.resolve(entry, index, 1);
    index += 1;
  }
}

class SymlinkResolver {
  readonly #entries: Entries;
  readonly #tree: Tree;
  /** By index of the symlink. */
  readonly #resolved = new Map<number, Resolution>();

  constructor(entries: Entries, tree: Tree) {
    this.#entries = entries;
    this.#tree = tree;
  }

  /** Recurses once a symlink in the way, so never deeper than {@link MAX_SYMLINK_HOPS}; a loop ends there too. */
  resolve(link: ManifestSymlink, index: number, depth: number): Resolution {
    const known = this.#resolved.get(index);
    if (known !== undefined) return known;
    if (depth > MAX_SYMLINK_HOPS) throw tooManyHops(link);
    checkTarget(link);
    let node: TreeNode = { kind: 'directory', id: ROOT };
    let hops = 1;
    for (const name of link.target) {
      const next: TreeNode | undefined =
        node.kind === 'directory' ? this.#tree.child(node.id, name) : undefined;
      if (next === undefined) {
        const message = `leads to ${JSON.stringify(link.target.join('/'))}, which does not exist`;
        throw new ManifestError('SHOAL_MANIFEST_DANGLING_SYMLINK', message, [link.path]);
      }
      const entry = next.kind === 'entry' ? this.#entries.at(next.index) : undefined;
      if (next.kind === 'entry' && entry?.kind === 'symlink') {
        const step = this.resolve(entry, next.index, depth + 1);
        hops += step.hops;
        node = step.node;
      } else {
        node = next;
      }
    }
    if (hops > MAX_SYMLINK_HOPS) throw tooManyHops(link);
    const resolution = { node, hops };
    this.#resolved.set(index, resolution);
    return resolution;
  }
}

function checkTarget(link: ManifestSymlink): void {
  try {
    checkPath(link.target);
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    throw new ManifestError('SHOAL_MANIFEST_INVALID_TARGET', `its target: ${error.message}`, [link.path]);
  }
}

function tooManyHops(link: ManifestSymlink): ManifestError {
  const message = `a loop, or more than ${String(MAX_SYMLINK_HOPS)} symlinks to follow`;
  return new ManifestError('SHOAL_MANIFEST_SYMLINK_LOOP', message, [link.path]);
}
