import { MAX_PATTERN_LENGTH } from './constants.ts';
import { expandBraces } from './expand-braces.ts';
import { SelectionError } from './selection-error.ts';

/** Whether a pattern matches a path, given as its components. */
export type PathMatcher = (path: readonly string[]) => boolean;

/** A component of a pattern that stands for any number of directories. */
const ANY_DIRECTORIES = '**';

/**
 * Compiles a pattern over paths below a root: `*` is any characters of one name, `?` one character, `**` as a whole component any
 * number of directories, `{a,b}` either one; a backslash takes the meaning of what follows it. Names that begin with a dot are
 * names like others, and case matters. What matches a directory matches everything in it. Matching takes time in proportion to
 * pattern times path, whatever the pattern.
 * @throws SelectionError SHOAL_SELECTION_PATTERN
 */
export function compileGlob(pattern: string): PathMatcher {
  if (pattern.length > MAX_PATTERN_LENGTH) {
    const message = `a pattern of more than ${String(MAX_PATTERN_LENGTH)} characters`;
    throw new SelectionError('SHOAL_SELECTION_PATTERN', message);
  }
  const alternatives = expandBraces(pattern).map((alternative) => componentsOf(pattern, alternative));
  return (path) => alternatives.some((components) => matchesPath(components, path));
}

function componentsOf(pattern: string, alternative: string): string[] {
  const components = alternative.replace(/^\.\//, '').replace(/\/$/, '').split('/');
  if (components.every((component) => component !== '' && component !== '.' && component !== '..'))
    return components;
  const message = `${JSON.stringify(pattern)} has a component that is empty, "." or ".."`;
  throw new SelectionError('SHOAL_SELECTION_PATTERN', message);
}

/** Whether components match a path, or a directory on its way. */
function matchesPath(components: readonly string[], path: readonly string[]): boolean {
  // By number of names from the root on: whether the components so far match them.
  let reached = [true, ...path.map(() => false)];
  for (const component of components) {
    const before = reached;
    if (component === ANY_DIRECTORIES) {
      const first = before.indexOf(true);
      reached = before.map((_, names) => first >= 0 && names >= first);
    } else {
      reached = before.map((_, names) => {
        const name = path[names - 1];
        return name !== undefined && before[names - 1] === true && matchesName(component, name);
      });
    }
  }
  return reached.includes(true);
}

/** Whether a pattern without slashes and braces matches a name. Goes back to the latest `*` only, so it never explodes. */
function matchesName(pattern: string, name: string): boolean {
  let at = 0;
  let from = 0;
  let star: { readonly at: number; from: number } | undefined;
  while (from < name.length) {
    const char = pattern[at];
    const size = charLength(name, from);
    if (char === '*') {
      star = { at: at + 1, from };
      at += 1;
      continue;
    }
    const literal = char === '\\' ? at + 1 : at;
    const isSame = char === '?' || (char !== undefined && pattern[literal] === name[from]);
    if (isSame) {
      from += char === '?' ? size : 1;
      at = literal + 1;
    } else if (star !== undefined) {
      star.from += charLength(name, star.from);
      ({ at, from } = star);
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}

/** UTF-16 units of the character at a position. */
function charLength(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}
