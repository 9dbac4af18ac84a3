import { BencodeError } from './bencode-error.ts';
import { type BencodeLimits, DEFAULT_BENCODE_LIMITS } from './constants.ts';
import { BencodeReader, type BencodeToken, type ByteSpan } from './reader.ts';
import type { BencodeDictionary, BencodeValue } from './value.ts';

/** A decoded outermost dictionary, and where the raw bytes of each of its values lie. */
export interface DecodedDictionary {
  readonly dictionary: BencodeDictionary;
  readonly spans: ReadonlyMap<string, ByteSpan>;
}

/**
 * Decodes one canonical bencoded value (BEP 3): sorted unique keys, shortest integers, nothing after it.
 * @throws BencodeError when `bytes` are anything else, or exceed `limits`.
 */
export function decodeBencode(
  bytes: Uint8Array,
  limits: BencodeLimits = DEFAULT_BENCODE_LIMITS,
): BencodeValue {
  const reader = new BencodeReader(bytes, limits);
  const value = readValue(reader);
  reader.expectEnd();
  return value;
}

/**
 * Decodes a dictionary as {@link decodeBencode} does, and tells where its values lie: an info-hash is taken of the
 * raw bytes of `info`.
 * @throws BencodeError as {@link decodeBencode}, and when the value is not a dictionary.
 */
export function decodeBencodeDictionary(
  bytes: Uint8Array,
  limits: BencodeLimits = DEFAULT_BENCODE_LIMITS,
): DecodedDictionary {
  const reader = new BencodeReader(bytes, limits);
  const first = reader.next();
  const dictionary = new Map<string, BencodeValue>();
  const spans = new Map<string, ByteSpan>();
  if (first === 'dictionary') {
    while (reader.next() === 'key') {
      const key = reader.latin1();
      const start = reader.offset;
      dictionary.set(key, readValue(reader));
      spans.set(key, { start, end: reader.offset });
    }
  } else {
    reader.finish(first);
  }
  reader.expectEnd();
  if (first === 'dictionary') return { dictionary, spans };
  throw new BencodeError('SHOAL_BENCODE_NOT_A_DICTIONARY', 'the outermost value is not a dictionary', 0);
}

interface ListFrame {
  readonly value: BencodeValue[];
}

interface DictionaryFrame {
  readonly value: Map<string, BencodeValue>;
  /** Of the value that comes next. */
  key: string;
}

/**
 * Reads a value and everything in it, or the rest of one whose `first` token was read. What is being built is a stack on
 * the heap: depth costs no call stack.
 * @throws BencodeError as {@link BencodeReader.next}
 */
export function readValue(reader: BencodeReader, first: BencodeToken = reader.next()): BencodeValue {
  const stack: (ListFrame | DictionaryFrame)[] = [];
  for (let token = first; ; token = reader.next()) {
    let value: BencodeValue;
    if (token === 'integer') value = reader.integer();
    else if (token === 'bytes') value = reader.content();
    else if (token === 'list') {
      stack.push({ value: [] });
      continue;
    } else if (token === 'dictionary') {
      stack.push({ value: new Map(), key: '' });
      continue;
    } else {
      const frame = stack.at(-1);
      // The reader gives keys and ends of what was begun only.
      if (frame === undefined) throw new TypeError(`a value that begins with ${token}`);
      if (token === 'key') {
        (frame as DictionaryFrame).key = reader.latin1();
        continue;
      }
      stack.pop();
      value = frame.value;
    }
    const parent = stack.at(-1);
    if (parent === undefined) return value;
    if ('key' in parent) parent.value.set(parent.key, value);
    else parent.value.push(value);
  }
}
