import { describe, expect, it } from 'vitest';
import { matches } from './message-rules.ts';
import { bucketKey, subjectToken } from './subjects.ts';

describe('subject tokens', () => {
  it.each([
    ['web-1_A', 'web-1_A'],
    ['web-1.eu.example', 'web-1=2Eeu=2Eexample'],
    ['*', '=2A'],
    ['a=2E', 'a=3D2E'],
    ['ü', '=C3=BC'],
    ['a b\r\n', 'a=20b=0D=0A'],
  ])('of %j are %s', (text, token) => {
    expect(subjectToken(text)).toBe(token);
  });

  it('are never empty, nor too long', () => {
    for (const text of ['', 'x'.repeat(513), '.'.repeat(171)]) {
      expect(() => subjectToken(text)).toThrow(
        expect.objectContaining({ code: 'SHOAL_BUS_INVALID' }) as Error,
      );
    }
    expect(subjectToken('x'.repeat(512))).toHaveLength(512);
  });

  it('make keys that keep their parts apart', () => {
    expect(bucketKey('a.b', 'c')).not.toBe(bucketKey('a', 'b.c'));
    expect(bucketKey('default', 'web-1.eu')).toBe('default.web-1=2Eeu');
  });
});

describe('patterns', () => {
  it.each([
    ['a.*.c', 'a.b.c', true],
    ['a.*', 'a', false],
    ['a.*', 'a.b.c', false],
    ['a.>', 'a', false],
    ['a.>', 'a.b.c.d', true],
    ['>', 'a', true],
    ['*', 'a.b', false],
    ['a', 'a', true],
    ['a', 'b', false],
  ])('%s on %s: %s', (pattern, subject, match) => {
    expect(matches(pattern, subject)).toBe(match);
  });
});
