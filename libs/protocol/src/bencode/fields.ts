import { decodeUtf8 } from '../bytes.ts';
import { BencodeFieldError } from './bencode-error.ts';
import { type BencodeDictionary, type BencodeValue, isDictionary } from './value.ts';

/**
 * Bounds of an integer field, both inclusive, both safe integers.
 */
export interface IntegerRange {
  readonly min: number;
  readonly max: number;
}

/**
 * The integer under `key`. `where` is the path of `dictionary`, for errors; empty for the outermost one.
 * @throws BencodeFieldError when it is missing, not an integer, or outside `range`.
 */
export function getInt(dictionary: BencodeDictionary, key: string, range: IntegerRange, where = ''): number {
  const value = required(dictionary, key, where);
  if (typeof value !== 'bigint') throw typeError(key, where, 'an integer');
  if (value < BigInt(range.min) || value > BigInt(range.max)) {
    throw new BencodeFieldError(
      'SHOAL_BENCODE_FIELD_RANGE',
      fieldPath(where, key),
      `${String(value)} is not within ${String(range.min)} … ${String(range.max)}`,
    );
  }
  return Number(value);
}

/**
 * The byte string under `key`, a view into the decoded input.
 * @throws BencodeFieldError when it is missing or not a byte string.
 */
export function getBytes(dictionary: BencodeDictionary, key: string, where = ''): Uint8Array {
  const value = required(dictionary, key, where);
  if (!(value instanceof Uint8Array)) throw typeError(key, where, 'a byte string');
  return value;
}

/**
 * The text under `key`, strictly valid UTF-8.
 * @throws BencodeFieldError when it is missing, not a byte string, or not UTF-8.
 */
export function getString(dictionary: BencodeDictionary, key: string, where = ''): string {
  return asText(getBytes(dictionary, key, where), fieldPath(where, key));
}

/**
 * The list under `key`.
 * @throws BencodeFieldError when it is missing or not a list.
 */
export function getList(dictionary: BencodeDictionary, key: string, where = ''): readonly BencodeValue[] {
  const value = required(dictionary, key, where);
  if (!Array.isArray(value)) throw typeError(key, where, 'a list');
  return value as readonly BencodeValue[];
}

/**
 * The dictionary under `key`.
 * @throws BencodeFieldError when it is missing or not a dictionary.
 */
export function getDict(dictionary: BencodeDictionary, key: string, where = ''): BencodeDictionary {
  return asDictionary(required(dictionary, key, where), fieldPath(where, key));
}

/**
 * `value` as a dictionary; `field` is its path, for errors.
 * @throws BencodeFieldError when it is something else.
 */
export function asDictionary(value: BencodeValue, field: string): BencodeDictionary {
  if (!isDictionary(value))
    throw new BencodeFieldError('SHOAL_BENCODE_FIELD_TYPE', field, 'not a dictionary');
  return value;
}

/**
 * `value` as strictly valid UTF-8 text; `field` is its path, for errors.
 * @throws BencodeFieldError when it is not a byte string or not UTF-8.
 */
export function asText(value: BencodeValue, field: string): string {
  if (!(value instanceof Uint8Array)) {
    throw new BencodeFieldError('SHOAL_BENCODE_FIELD_TYPE', field, 'not a byte string');
  }
  const text = decodeUtf8(value);
  if (text === undefined)
    throw new BencodeFieldError('SHOAL_BENCODE_FIELD_ENCODING', field, 'not valid UTF-8');
  return text;
}

function required(dictionary: BencodeDictionary, key: string, where: string): BencodeValue {
  const value = dictionary.get(key);
  if (value === undefined) {
    throw new BencodeFieldError('SHOAL_BENCODE_FIELD_MISSING', fieldPath(where, key), 'missing');
  }
  return value;
}

function typeError(key: string, where: string, expected: string): BencodeFieldError {
  return new BencodeFieldError('SHOAL_BENCODE_FIELD_TYPE', fieldPath(where, key), `not ${expected}`);
}

function fieldPath(where: string, key: string): string {
  return where === '' ? key : `${where}.${key}`;
}
