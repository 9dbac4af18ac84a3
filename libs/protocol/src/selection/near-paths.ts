import type { Entries } from '../manifest/manifest.ts';
import { COMPARED_CHARACTERS, MAX_COMPARED_PATHS, NEAR_PATHS } from './constants.ts';

/** Paths of a tree, directories with a slash at their end, that look most like a pattern that matches none of them. */
export function nearPaths(pattern: string, entries: Entries): string[] {
  const wanted = pattern
    .replace(/[\\{}]/g, '')
    .replace(/(?:\/?\*+)+$/, '/')
    .slice(0, COMPARED_CHARACTERS);
  const candidates = new Set<string>();
  for (const { path } of entries) {
    for (let depth = 1; depth < path.length; depth += 1) candidates.add(`${path.slice(0, depth).join('/')}/`);
    candidates.add(path.join('/'));
    if (candidates.size >= MAX_COMPARED_PATHS) break;
  }
  const ranked = [...candidates].map((path) => ({ path, distance: editDistance(wanted, path) }));
  ranked.sort((a, b) => a.distance - b.distance || (a.path < b.path ? -1 : 1));
  return ranked.slice(0, NEAR_PATHS).map(({ path }) => path);
}

/** Levenshtein's distance of two texts in UTF-16 units, case ignored. */
function editDistance(a: string, b: string): number {
  const left = a.slice(0, COMPARED_CHARACTERS).toLowerCase();
  const right = b.slice(0, COMPARED_CHARACTERS).toLowerCase();
  let row = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (let i = 0; i < left.length; i += 1) {
    const next = [i + 1];
    for (let j = 1; j < row.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (right[j - 1] === left[i] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replaced));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
