import type { ManifestEntry } from './manifest.ts';

/** Whether two entries say the same, but for the Merkle roots of files: one of them may not be hashed yet. */
export function isSameEntry(a: ManifestEntry, b: ManifestEntry): boolean {
  if (!isSamePath(a.path, b.path)) return false;
  if (a.kind === 'symlink') return b.kind === 'symlink' && isSamePath(a.target, b.target);
  return b.kind === 'file' && a.length === b.length && a.executable === b.executable;
}

function isSamePath(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((component, depth) => component === b[depth]);
}
