import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BencodeError } from './bencode-error.ts';
import { DEFAULT_BENCODE_LIMITS, MAX_INT64, MIN_INT64 } from './constants.ts';
import { decodeBencode, decodeBencodeDictionary } from './decode.ts';
import { encodeBencode } from './encode.ts';
import type { BencodeValue } from './value.ts';

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

/** The code of the error that decoding raises, or `undefined` when it raises none. */
function faultOf(input: Uint8Array, limits = DEFAULT_BENCODE_LIMITS): string | undefined {
  try {
    decodeBencode(input, limits);
    return undefined;
  } catch (error) {
    if (error instanceof BencodeError) return error.code;
    throw error;
  }
}

const anyValue: fc.Arbitrary<BencodeValue> = fc.letrec<{ value: BencodeValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.bigInt({ min: MIN_INT64, max: MAX_INT64 }),
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie('value'), { maxLength: 5 }),
    fc
      .array(fc.tuple(fc.uint8Array({ maxLength: 8 }), tie('value')), { maxLength: 5 })
      .map((pairs) => new Map(pairs.map(([key, value]) => [Buffer.from(key).toString('latin1'), value]))),
  ),
})).value;

describe('decodeBencode', () => {
  it('decodes each kind of value', () => {
    expect(decodeBencode(bytes('i-42e'))).toBe(-42n);
    expect(decodeBencode(bytes('0:'))).toEqual(new Uint8Array(0));
    expect(decodeBencode(bytes('4:spam'))).toEqual(bytes('spam'));
    expect(decodeBencode(bytes('li1e1:ae'))).toEqual([1n, bytes('a')]);
    expect(decodeBencode(bytes('d1:ai1e1:bdee'))).toEqual(
      new Map<string, unknown>([
        ['a', 1n],
        ['b', new Map()],
      ]),
    );
  });

  it('holds 64-bit integers exactly, and no larger ones', () => {
    expect(decodeBencode(bytes('i9223372036854775807e'))).toBe(MAX_INT64);
    expect(decodeBencode(bytes('i-9223372036854775808e'))).toBe(MIN_INT64);
    expect(faultOf(bytes('i9223372036854775808e'))).toBe('SHOAL_BENCODE_INTEGER_RANGE');
    expect(faultOf(bytes('i-9223372036854775809e'))).toBe('SHOAL_BENCODE_INTEGER_RANGE');
  });

  it('gives back what was encoded, from any view of memory', () => {
    fc.assert(
      fc.property(anyValue, fc.nat(7), (value, shift) => {
        const encoded = encodeBencode(value);
        const memory = Buffer.concat([Buffer.alloc(shift, 0x65), encoded, Buffer.from('e')]);
        expect(decodeBencode(memory.subarray(shift, shift + encoded.length))).toEqual(value);
      }),
    );
  });

  it('re-encodes to the same bytes whatever it accepts', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ile0-9:d-]{1,12}$/), (text) => {
        if (faultOf(bytes(text)) !== undefined) return;
        expect(encodeBencode(decodeBencode(bytes(text)))).toEqual(bytes(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses every proper beginning of a value as truncated', () => {
    const whole = bytes('d1:ad2:xxi-12345e2:yyl3:abc0:ee3:keyi0ee');
    expect(faultOf(whole)).toBeUndefined();
    for (let end = 0; end < whole.length; end += 1) {
      expect(faultOf(whole.subarray(0, end)), `first ${String(end)} bytes`).toBe('SHOAL_BENCODE_TRUNCATED');
    }
  });

  it.each([
    ['i01e', 'INVALID_INTEGER'],
    ['i-0e', 'INVALID_INTEGER'],
    ['i00e', 'INVALID_INTEGER'],
    ['ie', 'INVALID_INTEGER'],
    ['i-e', 'INVALID_INTEGER'],
    ['i+1e', 'INVALID_INTEGER'],
    ['i5.9e', 'INVALID_INTEGER'],
    ['i 1e', 'INVALID_INTEGER'],
    ['i0x1e', 'INVALID_INTEGER'],
    [`i${'1'.repeat(40)}e`, 'INVALID_INTEGER'],
    [`i${'1'.repeat(40)}`, 'INVALID_INTEGER'],
    ['01:a', 'INVALID_LENGTH'],
    ['00:', 'INVALID_LENGTH'],
    [`${'9'.repeat(30)}:`, 'INVALID_LENGTH'],
    ['99999999999:a', 'TRUNCATED'],
    ['-1:a', 'UNEXPECTED_BYTE'],
    [':', 'UNEXPECTED_BYTE'],
    ['1a:', 'UNEXPECTED_BYTE'],
    ['x', 'UNEXPECTED_BYTE'],
    ['e', 'UNEXPECTED_BYTE'],
    ['di1e1:ae', 'UNEXPECTED_BYTE'],
    ['d1:ae', 'MISSING_VALUE'],
    ['d1:b0:1:a0:e', 'UNSORTED_KEYS'],
    ['d1:a0:1:a0:e', 'DUPLICATE_KEY'],
    ['d2:aa0:1:b0:1:a0:e', 'UNSORTED_KEYS'],
    ['d1:\xff0:1:\x7f0:e', 'UNSORTED_KEYS'],
    ['i1ei2e', 'TRAILING_BYTES'],
    ['lee', 'TRAILING_BYTES'],
    ['', 'TRUNCATED'],
  ])('refuses %j as %s', (text, code) => {
    expect(faultOf(bytes(text))).toBe(`SHOAL_BENCODE_${code}`);
  });

  it('raises nothing but BencodeError for arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (input) => {
        faultOf(input);
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps keys with special names as plain keys', () => {
    const value = decodeBencode(bytes('d9:__proto__d1:xi1ee11:constructor0:e'));
    expect(value).toBeInstanceOf(Map);
    expect([...(value as Map<string, BencodeValue>).keys()]).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  it('keeps binary keys byte for byte', () => {
    const key = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString('latin1');
    expect([...(decodeBencode(bytes(`d256:${key}0:e`)) as Map<string, BencodeValue>).keys()]).toEqual([key]);
  });

  it('stops at the limits', () => {
    const limits = { maxBytes: 20, maxDepth: 3, maxTokens: 4 };
    expect(faultOf(bytes('llleee'), limits)).toBeUndefined();
    expect(faultOf(bytes('lllleeee'), limits)).toBe('SHOAL_BENCODE_TOO_DEEP');
    expect(faultOf(bytes('l0:0:0:e'), limits)).toBeUndefined();
    expect(faultOf(bytes('l0:0:0:0:e'), limits)).toBe('SHOAL_BENCODE_TOO_MANY_TOKENS');
    expect(faultOf(bytes('18:aaaaaaaaaaaaaaaaaa'), limits)).toBe('SHOAL_BENCODE_TOO_LARGE');
  });

  it('spends no call stack on nesting', () => {
    const depth = 200_000;
    const limits = { maxBytes: 2 * depth, maxDepth: depth, maxTokens: depth };
    expect(faultOf(bytes('l'.repeat(depth) + 'e'.repeat(depth)), limits)).toBeUndefined();
  });
});

describe('decodeBencodeDictionary', () => {
  it('tells where the raw bytes of each member lie', () => {
    const input = bytes('d1:ai1e4:infod1:ai2e1:bleee');
    const { dictionary, spans } = decodeBencodeDictionary(input);
    expect([...dictionary.keys()]).toEqual(['a', 'info']);
    const span = spans.get('info');
    expect(Buffer.from(input.subarray(span?.start, span?.end)).toString()).toBe('d1:ai2e1:blee');
    expect(spans.size).toBe(2);
  });

  it('refuses other values', () => {
    expect(() => decodeBencodeDictionary(bytes('le'))).toThrow(
      expect.objectContaining({ code: 'SHOAL_BENCODE_NOT_A_DICTIONARY', offset: 0 }),
    );
  });
});
