import type { EntryTable } from '../manifest/entry-table.ts';
import type { Entries } from '../manifest/manifest.ts';
import { ROOT, Tree, type TreeNode } from '../manifest/tree.ts';

/**
 * Makes the targets of symlinks start at the root (BEP 47), where they start at the link's directory instead: libtorrent
 * (2.0.8) writes them as the file system has them, and reads both, that of BEP 47 first if it leads somewhere (measured).
 * Targets that lead nowhere either way stay, for `validateTree` to refuse.
 * @throws ManifestError when two entries cannot exist side by side
 */
export function resolveLinkTargets(table: EntryTable): void {
  if (!hasSymlinks(table)) return;
  const tree = new Tree(table);
  for (let index = 0; index < table.length; index += 1) {
    const entry = table.at(index);
    if (entry?.kind !== 'symlink' || leadsSomewhere(entry.target, tree, table)) continue;
    const fromLink = joined(entry.path.slice(0, -1), entry.target);
    if (fromLink !== undefined && leadsSomewhere(fromLink, tree, table)) table.retarget(index, fromLink);
  }
}

function hasSymlinks(entries: Entries): boolean {
  for (const { kind } of entries) if (kind === 'symlink') return true;
  return false;
}

/** A path from a directory on; undefined when it leaves the root. */
function joined(directory: readonly string[], path: readonly string[]): string[] | undefined {
  const result = [...directory];
  for (const component of path) {
    if (component !== '..') result.push(component);
    else if (result.pop() === undefined) return undefined;
  }
  return result;
}

/** Whether a path leads to an entry or directory, or to a symlink on the way: where that leads is looked at later. */
function leadsSomewhere(path: readonly string[], tree: Tree, entries: Entries): boolean {
  let node: TreeNode | undefined = { kind: 'directory', id: ROOT };
  for (const name of path) {
    if (node.kind === 'entry') return entries.at(node.index)?.kind === 'symlink';
    node = tree.child(node.id, name);
    if (node === undefined) return false;
  }
  return path.length > 0;
}
