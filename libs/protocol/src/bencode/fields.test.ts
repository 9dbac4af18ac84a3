import { describe, expect, it } from 'vitest';
import { BencodeFieldError } from './bencode-error.ts';
import { decodeBencodeDictionary } from './decode.ts';
import { getBytes, getDict, getInt, getList, getString } from './fields.ts';

const { dictionary } = decodeBencodeDictionary(
  Buffer.from('d1:bi5e1:dd1:xlee1:lle1:s5:gr\xc3\xbcne', 'latin1'),
);
const broken = decodeBencodeDictionary(Buffer.from('d1:s2:\xc3\x28e', 'latin1')).dictionary;
const range = { min: 0, max: 9 };

function faultOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    if (error instanceof BencodeFieldError) return { code: error.code, field: error.field };
    throw error;
  }
  return undefined;
}

describe('field accessors', () => {
  it('give values of their type', () => {
    expect(getInt(dictionary, 'b', range)).toBe(5);
    expect(getString(dictionary, 's')).toBe('grün');
    expect(getBytes(dictionary, 's')).toHaveLength(5);
    expect(getList(dictionary, 'l')).toEqual([]);
    expect(getDict(dictionary, 'd')).toBeInstanceOf(Map);
  });

  it.each([
    ['missing', () => getInt(dictionary, 'z', range, 'info'), 'MISSING', 'info.z'],
    ['not an integer', () => getInt(dictionary, 's', range), 'TYPE', 's'],
    ['too small', () => getInt(dictionary, 'b', { min: 6, max: 9 }), 'RANGE', 'b'],
    ['too large', () => getInt(dictionary, 'b', { min: 0, max: 4 }), 'RANGE', 'b'],
    ['not bytes', () => getBytes(dictionary, 'b', 'a[1]'), 'TYPE', 'a[1].b'],
    ['not a list', () => getList(dictionary, 'd'), 'TYPE', 'd'],
    ['not a dictionary', () => getDict(dictionary, 'l'), 'TYPE', 'l'],
    ['not UTF-8', () => getString(broken, 's'), 'ENCODING', 's'],
  ])('name the field that is %s', (_, work, code, field) => {
    expect(faultOf(work)).toEqual({ code: `SHOAL_BENCODE_FIELD_${code}`, field });
  });
});
