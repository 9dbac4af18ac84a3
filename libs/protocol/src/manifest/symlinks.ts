import { MAX_SYMLINK_HOPS } from './constants.ts';
import type { ManifestEntry, ManifestSymlink } from './manifest.ts';
import { ManifestError } from './manifest-error.ts';
import { checkPath } from './path-rules.ts';
import type { Directory, TreeNode } from './tree.ts';

/** Where a symlink ends, and how many symlinks were followed on the way, itself included. */
interface Resolution {
  readonly node: Exclude<TreeNode, ManifestSymlink>;
  readonly hops: number;
}

/**
 * Checks that every symlink among `entries` leads to a file or directory of the tree, through other symlinks if need be.
 * Linear in the number of symlinks: what one leads to is remembered.
 * @throws ManifestError SHOAL_MANIFEST_INVALID_TARGET, SHOAL_MANIFEST_DANGLING_SYMLINK or SHOAL_MANIFEST_SYMLINK_LOOP
 */
export function checkSymlinks(entries: readonly ManifestEntry[], root: Directory): void {
  const resolver = new SymlinkResolver(root);
  for (const entry of entries) {
    if (entry.kind === 'symlink') resolver.resolve(entry, 1);
  }
}

class SymlinkResolver {
  readonly #root: Directory;
  readonly #resolved = new Map<ManifestSymlink, Resolution>();

  constructor(root: Directory) {
    this.#root = root;
  }

  /** Recurses once a symlink in the way, so never deeper than {@link MAX_SYMLINK_HOPS}; a loop ends there too. */
  resolve(link: ManifestSymlink, depth: number): Resolution {
    const known = this.#resolved.get(link);
    if (known !== undefined) return known;
    if (depth > MAX_SYMLINK_HOPS) throw tooManyHops(link);
    checkTarget(link);
    let node: Resolution['node'] = this.#root;
    let hops = 1;
    for (const name of link.target) {
      const next: TreeNode | undefined = node.kind === 'directory' ? node.children.get(name) : undefined;
      if (next === undefined) {
        const message = `leads to ${JSON.stringify(link.target.join('/'))}, which does not exist`;
        throw new ManifestError('SHOAL_MANIFEST_DANGLING_SYMLINK', message, [link.path]);
      }
      if (next.kind === 'symlink') {
        const step = this.resolve(next, depth + 1);
        hops += step.hops;
        node = step.node;
      } else {
        node = next;
      }
    }
    if (hops > MAX_SYMLINK_HOPS) throw tooManyHops(link);
    const resolution = { node, hops };
    this.#resolved.set(link, resolution);
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
