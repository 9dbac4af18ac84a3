import { MAX_ENTRIES, MAX_TOTAL_SIZE, ROOT_LENGTH } from './constants.ts';
import type { Entries, ManifestEntry, ManifestFile } from './manifest.ts';
import { ManifestError } from './manifest-error.ts';
import { comparePaths } from './path-order.ts';
import { checkPath } from './path-rules.ts';
import { checkSymlinks } from './symlinks.ts';
import { Tree } from './tree.ts';

/**
 * Checks a manifest: a tree that {@link validateTree} takes, in canonical order ({@link comparePaths}).
 * @throws ManifestError
 */
export function validateManifest(entries: Entries): void {
  validateTree(entries);
  let previous: ManifestEntry | undefined;
  for (const entry of entries) {
    if (previous !== undefined && comparePaths(previous.path, entry.path) > 0) {
      const message = 'not in canonical order';
      throw new ManifestError('SHOAL_MANIFEST_NOT_SORTED', message, [previous.path, entry.path]);
    }
    previous = entry;
  }
}

/**
 * Checks entries in any order: bounds on count and size, paths that stay below the root on every file system, no
 * two paths that clash or differ in case or Unicode form only, symlinks that stay inside and lead somewhere, and at
 * least one byte of content. Roots may be absent, as before hashing.
 * @throws ManifestError
 */
export function validateTree(entries: Entries): void {
  if (entries.length > MAX_ENTRIES) {
    const message = `${String(entries.length)} entries, at most ${String(MAX_ENTRIES)} are allowed`;
    throw new ManifestError('SHOAL_MANIFEST_TOO_MANY_ENTRIES', message);
  }
  let total = 0;
  for (const entry of entries) {
    checkPath(entry.path);
    if (entry.kind === 'symlink') continue;
    checkFile(entry);
    total += entry.length;
    if (total > MAX_TOTAL_SIZE)
      throw new ManifestError('SHOAL_MANIFEST_TOO_LARGE', 'more than 2^53 - 1 bytes in all');
  }
  if (total === 0) throw new ManifestError('SHOAL_MANIFEST_NO_CONTENT', 'no file with content');
  checkSymlinks(entries, new Tree(entries));
}

/** A copy of `entries` in canonical order. */
export function sortManifest<E extends ManifestEntry>(entries: readonly E[]): E[] {
  return [...entries].sort((a, b) => comparePaths(a.path, b.path));
}

/** Sum of the lengths of the regular files, in bytes. */
export function totalSizeOf(entries: Entries): number {
  let sum = 0;
  for (const entry of entries) if (entry.kind === 'file') sum += entry.length;
  return sum;
}

function checkFile(file: ManifestFile): void {
  if (!Number.isSafeInteger(file.length) || file.length < 0) {
    throw new ManifestError('SHOAL_MANIFEST_INVALID_LENGTH', `a length of ${String(file.length)}`, [
      file.path,
    ]);
  }
  if (file.piecesRoot === undefined) return;
  if (
    file.length === 0 ||
    file.piecesRoot.length !== ROOT_LENGTH ||
    file.piecesRoot.every((byte) => byte === 0)
  ) {
    throw new ManifestError('SHOAL_MANIFEST_INVALID_ROOT', 'not a Merkle root', [file.path]);
  }
}
