import { describe, expect, it } from 'vitest';
import { parseRange } from './byte-range.ts';

describe('a Range header', () => {
  it.each([
    ['bytes=0-99', { start: 0, end: 100 }],
    ['bytes=10-10', { start: 10, end: 11 }],
    ['bytes=90-500', { start: 90, end: 100 }],
    ['bytes=90-', { start: 90, end: 100 }],
    ['bytes=-10', { start: 90, end: 100 }],
    ['bytes=-500', { start: 0, end: 100 }],
    ['bytes=100-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    [undefined, undefined],
    ['bytes=-', undefined],
    ['bytes=5-4', undefined],
    ['bytes=0-1,4-5', undefined],
    ['bytes=0x1-2', undefined],
    [`bytes=${'9'.repeat(16)}-`, undefined],
    ['lines=1-2', undefined],
  ])('%s of a file of 100 bytes means %o', (header, range) => {
    expect(parseRange(header, 100)).toEqual(range);
  });

  it('cannot be satisfied by an empty file', () => {
    expect(parseRange('bytes=0-0', 0)).toBe('unsatisfiable');
  });
});
