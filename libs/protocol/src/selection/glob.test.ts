import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGlob } from './glob.ts';

const matches = (pattern: string, path: string): boolean => compileGlob(pattern)(path.split('/'));

describe('compileGlob', () => {
  it.each([
    ['bin/run', 'bin/run'],
    ['bin/*', 'bin/run'],
    ['bin/**', 'bin/a/b'],
    ['bin/**', 'bin/run'],
    ['**/run', 'run'],
    ['**/run', 'a/b/run'],
    ['**', 'a/b'],
    ['a/**/z', 'a/z'],
    ['a/**/z', 'a/b/c/z'],
    ['*.js', 'x.js'],
    ['**/*.{js,map}', 'a/x.map'],
    ['{bin,lib}/x', 'lib/x'],
    ['a{b,c{d,e}}', 'ace'],
    ['a{,b}', 'a'],
    ['?.txt', '🦈.txt'],
    ['*🦈', 'ab🦈'],
    ['*', '.hidden'],
    ['a*b*c', 'aXbYbZc'],
    // A directory stands for what is in it.
    ['bin', 'bin/a/b'],
    ['bin/', 'bin/a'],
    ['./bin', 'bin/a'],
    ['*', 'bin/a'],
    // What a backslash stands before, means itself.
    ['a\\*', 'a*'],
    ['\\{a,b\\}', '{a,b}'],
    ['a\\\\', 'a\\'],
    ['[ab]', '[ab]'],
  ])('%s matches %s', (pattern, path) => {
    expect(matches(pattern, path)).toBe(true);
  });

  it.each([
    ['bin/*', 'lib/run'],
    ['bin/*/c', 'bin/a/b/c'],
    ['*.js', 'a/x.js'],
    ['bin', 'a/bin'],
    ['bin', 'binary'],
    ['Bin', 'bin'],
    ['?', 'ab'],
    ['a/**/z', 'a/b'],
    ['a\\*', 'ab'],
    ['[ab]', 'a'],
    ['bin/run/x', 'bin/run'],
  ])('%s does not match %s', (pattern, path) => {
    expect(matches(pattern, path)).toBe(false);
  });

  it.each([
    '',
    '/',
    '/bin',
    'a//b',
    '../a',
    'a/./b',
    'a{b',
    'a}',
    'a\\',
    '{a,b}'.repeat(7),
    'x'.repeat(5_000),
  ])('refuses %s', (pattern) => {
    expect(() => compileGlob(pattern)).toThrow(expect.objectContaining({ code: 'SHOAL_SELECTION_PATTERN' }));
  });

  it('agrees with a regular expression made of the same pattern', () => {
    const part = fc.stringMatching(/^[ab*?]{1,4}$/).filter((text) => text !== '**');
    const component = fc.oneof(part, fc.constant('**'));
    const pattern = fc.array(component, { minLength: 1, maxLength: 4 });
    const path = fc.array(fc.stringMatching(/^[ab]{1,3}$/), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(pattern, path, (components, names) => {
        expect(compileGlob(components.join('/'))(names)).toBe(
          regExpOf(components).test(`/${names.join('/')}`),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes no longer for a pattern that makes others go back and forth', () => {
    const pattern = `${'*a'.repeat(1_000)}*b`;
    expect(matches(pattern, 'a'.repeat(255))).toBe(false);
  });
});

/** Of a path with a slash in front of each name. */
function regExpOf(components: readonly string[]): RegExp {
  const parts = components.map((component) =>
    component === '**' ? '(/[^/]+)*' : `/${component.replaceAll('*', '[^/]*').replaceAll('?', '[^/]')}`,
  );
  return new RegExp(`^${parts.join('')}(/.*)?$`);
}
