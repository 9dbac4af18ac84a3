import { describe, expect, it } from 'vitest';
import { MAX_INT64 } from './constants.ts';
import { encodeBencode } from './encode.ts';
import type { BencodeValue } from './value.ts';

const text = (value: BencodeValue): string => Buffer.from(encodeBencode(value)).toString('latin1');

describe('encodeBencode', () => {
  it('writes each kind of value', () => {
    expect(text(-7n)).toBe('i-7e');
    expect(text([Buffer.from('spam'), []])).toBe('l4:spamlee');
    expect(text(new Map([['k', 0n]]))).toBe('d1:ki0ee');
  });

  it('sorts keys by their bytes, whatever order the map has', () => {
    const value = new Map(['b', '\xff', 'a', '', 'aa'].map((key) => [key, 1n]));
    expect(text(value)).toBe('d0:i1e1:ai1e2:aai1e1:bi1e1:\xffi1ee');
  });

  it('grows beyond its first buffer', () => {
    const large = Buffer.alloc(100_000, 1);
    expect(encodeBencode([large, large])).toHaveLength(2 + 2 * (7 + large.length));
  });

  it('refuses what has no encoding', () => {
    expect(() => encodeBencode(MAX_INT64 + 1n)).toThrow(RangeError);
    expect(() => encodeBencode(new Map([['ключ', 1n]]))).toThrow(RangeError);
    let deep: BencodeValue = [];
    for (let i = 0; i < 10_000; i += 1) deep = [deep];
    expect(() => encodeBencode(deep)).toThrow(RangeError);
  });
});
