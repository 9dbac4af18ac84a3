import type { Entries } from '../manifest/manifest.ts';
import { MAX_PATTERNS } from './constants.ts';
import { compileGlob, type PathMatcher } from './glob.ts';
import { nearPaths } from './near-paths.ts';
import { SelectionError } from './selection-error.ts';

/** How much a file matters. */
export type FileLevel = 'skip' | 'low' | 'normal' | 'high';

const LEVELS: readonly FileLevel[] = ['skip', 'low', 'normal', 'high'];

/** What is wanted of a tree, as a person writes it. */
export interface FileSelectionInit {
  /** Patterns (see {@link compileGlob}) of what is to be fetched; none: everything. */
  readonly only: readonly string[];
  /** `PATTERN=LEVEL`; of several that match a file the last one counts. What they skip is not fetched. */
  readonly priorities: readonly string[];
}

/** Tells the level of an entry of the tree that the selection was made for. */
export type FileSelection = (entry: { readonly path: readonly string[] }) => FileLevel;

interface Rule {
  readonly pattern: string;
  readonly matches: PathMatcher;
  readonly level: FileLevel;
}

/**
 * Reads a selection.
 * @param entries of the tree
 * @throws SelectionError, SHOAL_SELECTION_NO_MATCH when a pattern matches nothing of the tree, or nothing is left to fetch
 */
export function selectFiles(entries: Entries, init: FileSelectionInit): FileSelection {
  if (init.only.length + init.priorities.length > MAX_PATTERNS) {
    throw new SelectionError('SHOAL_SELECTION_PATTERN', `more than ${String(MAX_PATTERNS)} patterns`);
  }
  const only = init.only.map((pattern): Rule => ({
    pattern,
    matches: compileGlob(pattern),
    level: 'normal',
  }));
  const rules = init.priorities.map(readRule);
  expectMatches([...only, ...rules], entries);
  const levelOf: FileSelection = ({ path }) => {
    if (only.length > 0 && !only.some(({ matches }) => matches(path))) return 'skip';
    return rules.findLast(({ matches }) => matches(path))?.level ?? 'normal';
  };
  for (const entry of entries) if (levelOf(entry) !== 'skip') return levelOf;
  throw new SelectionError('SHOAL_SELECTION_NO_MATCH', 'nothing is left to fetch: everything is skipped');
}

function readRule(text: string): Rule {
  const at = text.lastIndexOf('=');
  const level = LEVELS.find((known) => known === text.slice(at + 1));
  if (at < 1 || level === undefined) {
    throw new SelectionError('SHOAL_SELECTION_PRIORITY', `${JSON.stringify(text)} gives no priority`);
  }
  const pattern = text.slice(0, at);
  return { pattern, matches: compileGlob(pattern), level };
}

function expectMatches(rules: readonly Rule[], entries: Entries): void {
  const unmatched = new Set(rules);
  for (const { path } of entries) {
    if (unmatched.size === 0) return;
    for (const rule of unmatched) if (rule.matches(path)) unmatched.delete(rule);
  }
  const [first] = unmatched;
  if (first === undefined) return;
  const near = nearPaths(first.pattern, entries).map((path) => JSON.stringify(path));
  const message = `${JSON.stringify(first.pattern)} matches nothing of the tree; near it are ${near.join(', ')}`;
  throw new SelectionError('SHOAL_SELECTION_NO_MATCH', message);
}
