import { utf8Length } from '../bytes.ts';
import { MAX_COMPONENT_BYTES, MAX_PATH_BYTES, MAX_PATH_DEPTH } from './constants.ts';
import { ManifestError } from './manifest-error.ts';

/** Separators, NUL and control characters (Unicode category Cc). */
const FORBIDDEN = /[/\p{Cc}]/u;
const PRINTABLE_ASCII = /^[ -~]*$/;

/**
 * Checks that a path names something below the tree's root on any Linux file system.
 * @throws ManifestError SHOAL_MANIFEST_INVALID_PATH or SHOAL_MANIFEST_PATH_TOO_LONG
 */
export function checkPath(path: readonly string[]): void {
  if (path.length === 0) throw new ManifestError('SHOAL_MANIFEST_INVALID_PATH', 'an empty path');
  if (path.length > MAX_PATH_DEPTH) {
    throw new ManifestError('SHOAL_MANIFEST_PATH_TOO_LONG', `deeper than ${String(MAX_PATH_DEPTH)}`, [path]);
  }
  let bytes = path.length - 1;
  for (const component of path) {
    const fault = componentFault(component);
    if (fault !== undefined) throw new ManifestError('SHOAL_MANIFEST_INVALID_PATH', fault, [path]);
    const length = utf8Length(component);
    if (length > MAX_COMPONENT_BYTES) {
      const message = `a name of more than ${String(MAX_COMPONENT_BYTES)} bytes`;
      throw new ManifestError('SHOAL_MANIFEST_PATH_TOO_LONG', message, [path]);
    }
    bytes += length;
  }
  if (bytes > MAX_PATH_BYTES) {
    throw new ManifestError('SHOAL_MANIFEST_PATH_TOO_LONG', `more than ${String(MAX_PATH_BYTES)} bytes`, [
      path,
    ]);
  }
}

function componentFault(component: string): string | undefined {
  if (component === '') return 'a component is empty';
  if (component === '.' || component === '..') return `a component is "${component}"`;
  if (!component.isWellFormed()) return 'a component is not valid Unicode';
  if (FORBIDDEN.test(component)) return 'a component holds a slash or a control character';
  return undefined;
}

/**
 * What two names have in common when a file system that ignores case, Unicode form or both takes them for one.
 * Upper case first, then lower, as JavaScript has no case folding: it unites what folding unites (ß and SS, σ and ς),
 * and the dotless ı with i, which errs on the safe side.
 */
export function foldName(name: string): string {
  if (PRINTABLE_ASCII.test(name)) return name.toLowerCase();
  return name.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
}
