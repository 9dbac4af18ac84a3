import { describe, expect, it } from 'vitest';
import { MAX_DIRECTORIES, MAX_ENTRIES } from './constants.ts';
import type { ManifestEntry } from './manifest.ts';
import { ManifestError } from './manifest-error.ts';
import { sortManifest, validateManifest, validateTree } from './validate.ts';

const file = (path: string, length = 1): ManifestEntry => ({
  kind: 'file',
  path: path.split('/'),
  length,
  executable: false,
});
const link = (path: string, target: string): ManifestEntry => ({
  kind: 'symlink',
  path: path.split('/'),
  target: target.split('/'),
});

/** Code and paths of the error that a tree raises, without the common prefix; `undefined` when it is fine. */
function faultOf(entries: readonly ManifestEntry[], validate = validateTree): unknown {
  try {
    validate(entries);
    return undefined;
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    expect(error.remedy).not.toBe('');
    return [error.code.replace('SHOAL_MANIFEST_', ''), ...error.paths];
  }
}

describe('validateTree: paths', () => {
  it.each([
    'a',
    'a/b/c',
    '...',
    ' ',
    'a b',
    '日本語',
    '👩‍💻',
    'ж'.repeat(127),
    'back\\slash',
    'CON',
    '~',
    '-rf',
  ])('takes %j', (path) => {
    expect(faultOf([file(path)])).toBeUndefined();
  });

  it.each([
    '',
    '/etc/passwd',
    'a//b',
    'a/',
    '.',
    '..',
    'a/../b',
    './a',
    'nul\0',
    'bell\x07',
    'del\x7f',
    'c1\x85',
    '\ud800',
  ])('refuses %j', (path) => {
    expect(faultOf([file(path)])).toEqual(['INVALID_PATH', path]);
  });

  it('refuses components with a slash, and no components at all', () => {
    expect(faultOf([{ ...file('x'), path: ['a/b'] }])).toEqual(['INVALID_PATH', 'a/b']);
    expect(faultOf([{ ...file('x'), path: [] }])).toEqual(['INVALID_PATH']);
  });

  it('bounds the length of names and paths, and the depth', () => {
    expect(faultOf([file('n'.repeat(255))])).toBeUndefined();
    expect(faultOf([file('n'.repeat(256))])).toContain('PATH_TOO_LONG');
    expect(faultOf([file('ж'.repeat(128))])).toContain('PATH_TOO_LONG');
    expect(faultOf([file(Array(100).fill('d').join('/'))])).toBeUndefined();
    expect(faultOf([file(Array(101).fill('d').join('/'))])).toContain('PATH_TOO_LONG');
    expect(faultOf([file(Array(18).fill('n'.repeat(240)).join('/'))])).toContain('PATH_TOO_LONG');
  });

  it.each([
    ['the same file twice', ['a/b', 'a/b'], ['DUPLICATE_PATH', 'a/b']],
    ['a file below a file', ['a', 'a/b'], ['FILE_AND_DIRECTORY', 'a', 'a/b']],
    ['a file where a directory is', ['a/b/c', 'a/b'], ['FILE_AND_DIRECTORY', 'a/b', 'a/b']],
    ['case twins', ['README', 'readme'], ['NAME_TWINS', 'README', 'readme']],
    ['case twins among directories', ['Lib/a', 'lib/b'], ['NAME_TWINS', 'Lib', 'lib']],
    ['a directory and a file as case twins', ['x/Lib/a', 'x/lib'], ['NAME_TWINS', 'x/Lib', 'x/lib']],
    ['Unicode twins', ['caf\u00e9', 'cafe\u0301'], ['NAME_TWINS', 'caf\u00e9', 'cafe\u0301']],
    ['twins in case and form', ['\u00c9', 'e\u0301'], ['NAME_TWINS', '\u00c9', 'e\u0301']],
    ['sharp s', ['straße', 'STRASSE'], ['NAME_TWINS', 'straße', 'STRASSE']],
    ['final sigma', ['σας', 'ΣΑΣ'], ['NAME_TWINS', 'σας', 'ΣΑΣ']],
  ])('refuses %s', (_, paths, fault) => {
    expect(faultOf(paths.map((path) => file(path)))).toEqual(fault);
  });

  it('takes names that only look related', () => {
    expect(
      faultOf(['a/README', 'b/readme', 'readme2', '__proto__', 'constructor'].map((path) => file(path))),
    ).toBeUndefined();
  });
});

describe('validateTree: sizes', () => {
  it('wants at least one byte of content', () => {
    expect(faultOf([])).toEqual(['NO_CONTENT']);
    expect(faultOf([file('empty', 0)])).toEqual(['NO_CONTENT']);
    expect(faultOf([file('empty', 0), file('full')])).toBeUndefined();
  });

  it.each([-1, 0.5, Number.NaN, Infinity, 2 ** 53])('refuses a length of %d', (length) => {
    expect(faultOf([file('a', length)])).toEqual(['INVALID_LENGTH', 'a']);
  });

  it('refuses more than 2^53 - 1 bytes in all', () => {
    expect(faultOf([file('a', 2 ** 52), file('b', 2 ** 52 - 1)])).toBeUndefined();
    expect(faultOf([file('a', 2 ** 52), file('b', 2 ** 52)])).toEqual(['TOO_LARGE']);
  });

  it('advises packing when there are too many files', () => {
    const entries = Array.from({ length: MAX_ENTRIES + 1 }, (_, i) => file(String(i)));
    expect(faultOf(entries.slice(1))).toBeUndefined();
    expect(() => {
      validateTree(entries);
    }).toThrow(
      expect.objectContaining({
        code: 'SHOAL_MANIFEST_TOO_MANY_ENTRIES',
        remedy: expect.stringContaining('Pack') as string,
      }),
    );
  });

  it('bounds the directories that deep paths make', () => {
    const deep = (i: number): ManifestEntry =>
      file([String(i), ...Array<string>(98).fill('d'), 'f'].join('/'));
    const entries = Array.from({ length: Math.ceil(MAX_DIRECTORIES / 99) + 1 }, (_, i) => deep(i));
    expect(faultOf(entries)).toEqual(['TOO_MANY_ENTRIES']);
  });

  it('wants roots of 32 bytes, not zero, on files with content', () => {
    const root = new Uint8Array(32).fill(1);
    expect(faultOf([{ ...file('a'), piecesRoot: root } as ManifestEntry])).toBeUndefined();
    for (const bad of [root.subarray(1), new Uint8Array(32)]) {
      expect(faultOf([{ ...file('a'), piecesRoot: bad } as ManifestEntry])).toEqual(['INVALID_ROOT', 'a']);
    }
    expect(faultOf([file('b'), { ...file('a', 0), piecesRoot: root } as ManifestEntry])).toEqual([
      'INVALID_ROOT',
      'a',
    ]);
  });
});

describe('validateTree: symlinks', () => {
  const base = [file('d/e/f'), file('g')];

  it.each([
    ['to a file', [link('l', 'g')]],
    ['to a directory', [link('l', 'd/e')]],
    ['to a directory above it', [link('d/l', 'd')]],
    ['through a symlink', [link('l', 'd'), link('m', 'l/e/f')]],
    ['to a symlink', [link('l', 'g'), link('m', 'l'), link('n', 'm')]],
  ])('takes one %s', (_, links) => {
    expect(faultOf([...links, ...base])).toBeUndefined();
  });

  it.each([
    ['to nothing', [link('l', 'x')], ['DANGLING_SYMLINK', 'l']],
    ['through a file', [link('l', 'g/x')], ['DANGLING_SYMLINK', 'l']],
    ['through a symlink to nothing', [link('l', 'd'), link('m', 'l/x')], ['DANGLING_SYMLINK', 'm']],
    ['to itself', [link('l', 'l')], ['SYMLINK_LOOP', 'l']],
    ['out of the tree', [link('l', '../g')], ['INVALID_TARGET', 'l']],
    ['out of the tree and back', [link('d/l', 'd/../../g')], ['INVALID_TARGET', 'd/l']],
    ['to an absolute path', [link('l', '/g')], ['INVALID_TARGET', 'l']],
    ['to the root', [{ ...link('l', 'x'), target: [] }], ['INVALID_TARGET', 'l']],
  ])('refuses one %s', (_, links, fault) => {
    expect(faultOf([...links, ...base])).toEqual(fault);
  });

  it('refuses loops over several', () => {
    expect(faultOf([link('a', 'b'), link('b', 'c'), link('c', 'a'), ...base])).toContain('SYMLINK_LOOP');
    expect(faultOf([link('d/a', 'x/b'), link('x', 'd/a'), ...base])).toContain('SYMLINK_LOOP');
  });

  it('follows 40 symlinks as Linux does, in whichever order they are listed', () => {
    const chain = (length: number): ManifestEntry[] =>
      Array.from({ length }, (_, i) => link(`l${String(i)}`, i === 0 ? 'g' : `l${String(i - 1)}`));
    expect(faultOf([...chain(40), ...base])).toBeUndefined();
    expect(faultOf([...chain(40).reverse(), ...base])).toBeUndefined();
    expect(faultOf([...chain(41), ...base])).toEqual(['SYMLINK_LOOP', 'l40']);
    expect(faultOf([...chain(41).reverse(), ...base])).toContain('SYMLINK_LOOP');
    expect(faultOf([...chain(50_000).reverse(), ...base])).toContain('SYMLINK_LOOP');
  });
});

describe('validateManifest', () => {
  it('wants the order of raw UTF-8 bytes, component by component', () => {
    const ordered = ['Z', 'a/z', 'a-', 'a.b', 'a0', 'b', '\uffff', '𝔸', '🦈'].map((path) => file(path));
    expect(faultOf(ordered, validateManifest)).toBeUndefined();
    expect(sortManifest([...ordered].reverse())).toEqual(ordered);
    expect(faultOf([...ordered].reverse(), validateManifest)).toEqual(['NOT_SORTED', '🦈', '𝔸']);
  });

  it('orders as Buffer.compare does', () => {
    const names = Array.from(
      { length: 400 },
      (_, i) => String.fromCodePoint(1 + i * 2777).replace(/[/\p{Cc}\p{Cs}]/u, 'x') + String(i),
    );
    const expected = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(sortManifest(names.map((name) => file(name))).map((entry) => entry.path[0])).toEqual(expected);
  });
});
