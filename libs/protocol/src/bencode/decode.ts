import { view } from '../bytes.ts';
import { BencodeError, type BencodeErrorCode } from './bencode-error.ts';
import { type BencodeLimits, DEFAULT_BENCODE_LIMITS, MAX_INT64, MIN_INT64 } from './constants.ts';
import type { BencodeDictionary, BencodeValue } from './value.ts';

/** Where a value lies in the input: `start` inclusive, `end` exclusive, in bytes. */
export interface ByteSpan {
  readonly start: number;
  readonly end: number;
}

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
  return new Decoder(bytes, limits).decode();
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
  const decoder = new Decoder(bytes, limits);
  const dictionary = decoder.decode();
  if (!(dictionary instanceof Map)) {
    throw new BencodeError('SHOAL_BENCODE_NOT_A_DICTIONARY', 'the outermost value is not a dictionary', 0);
  }
  return { dictionary, spans: decoder.spans };
}

const BYTE_END = 0x65; // e
const BYTE_INTEGER = 0x69; // i
const BYTE_LIST = 0x6c; // l
const BYTE_DICTIONARY = 0x64; // d
const BYTE_COLON = 0x3a;
const BYTE_0 = 0x30;
const BYTE_9 = 0x39;

/** Longest text of an int64: sign and 19 digits. */
const MAX_INTEGER_CHARS = 20;
/** Longest text of a string length: any length that fits in memory has fewer digits. */
const MAX_LENGTH_DIGITS = 15;
/** No leading zeros, no minus zero. */
const CANONICAL_INTEGER = /^(?:0|-?[1-9][0-9]*)$/;
/** Integers of at most this many characters are exact as a number, which is faster to parse. */
const MAX_NUMBER_CHARS = 15;

interface ListFrame {
  readonly kind: 'list';
  readonly value: BencodeValue[];
}

interface DictionaryFrame {
  readonly kind: 'dictionary';
  readonly value: Map<string, BencodeValue>;
  /** The key whose value comes next. */
  key: string | undefined;
  lastKey: string | undefined;
  valueStart: number;
}

type Frame = ListFrame | DictionaryFrame;

/** One decoding. Nesting is a stack of frames on the heap: depth costs no call stack. */
class Decoder {
  readonly spans = new Map<string, ByteSpan>();
  readonly #bytes: Uint8Array;
  /** The same bytes, for text. */
  readonly #text: Buffer;
  readonly #limits: BencodeLimits;
  readonly #stack: Frame[] = [];
  #offset = 0;
  #tokens = 0;

  constructor(bytes: Uint8Array, limits: BencodeLimits) {
    // Not a Buffer even if the input is one: parts of it would inherit Buffer's different `slice`.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#text = view(bytes);
    this.#limits = limits;
  }

  decode(): BencodeValue {
    if (this.#bytes.length > this.#limits.maxBytes) {
      throw this.#error('SHOAL_BENCODE_TOO_LARGE', `more than ${String(this.#limits.maxBytes)} bytes`);
    }
    for (;;) {
      const completed = this.#step();
      if (completed === undefined) continue;
      const frame = this.#stack.at(-1);
      if (frame !== undefined) {
        this.#attach(frame, completed);
        continue;
      }
      if (this.#offset !== this.#bytes.length) {
        throw this.#error('SHOAL_BENCODE_TRAILING_BYTES', 'bytes after the end of the value');
      }
      return completed;
    }
  }

  /** Reads one token. Returns a value that it completed, if it did. */
  #step(): BencodeValue | undefined {
    const byte = this.#bytes[this.#offset];
    const frame = this.#stack.at(-1);
    if (byte === undefined) throw this.#truncated();
    if (byte === BYTE_END && frame !== undefined) return this.#close(frame);
    this.#countToken();
    if (frame?.kind === 'dictionary' && frame.key === undefined) {
      this.#readKey(frame);
      return undefined;
    }
    if (byte === BYTE_INTEGER) return this.#readInteger();
    if (byte === BYTE_LIST) {
      this.#open({ kind: 'list', value: [] });
      return undefined;
    }
    if (byte === BYTE_DICTIONARY) {
      this.#open({ kind: 'dictionary', value: new Map(), key: undefined, lastKey: undefined, valueStart: 0 });
      return undefined;
    }
    const { start, end } = this.#readString();
    return this.#bytes.subarray(start, end);
  }

  #countToken(): void {
    this.#tokens += 1;
    if (this.#tokens > this.#limits.maxTokens) {
      throw this.#error(
        'SHOAL_BENCODE_TOO_MANY_TOKENS',
        `more than ${String(this.#limits.maxTokens)} values`,
      );
    }
  }

  #open(frame: Frame): void {
    if (this.#stack.length >= this.#limits.maxDepth) {
      throw this.#error('SHOAL_BENCODE_TOO_DEEP', `nested deeper than ${String(this.#limits.maxDepth)}`);
    }
    this.#offset += 1;
    this.#stack.push(frame);
  }

  #close(frame: Frame): BencodeValue {
    if (frame.kind === 'dictionary' && frame.key !== undefined) {
      throw this.#error('SHOAL_BENCODE_MISSING_VALUE', 'a key without a value');
    }
    this.#offset += 1;
    this.#stack.pop();
    return frame.value;
  }

  #attach(frame: Frame, value: BencodeValue): void {
    if (frame.kind === 'list') {
      frame.value.push(value);
      return;
    }
    const key = frame.key;
    // A value is only read where a key precedes it, see #step.
    if (key === undefined) throw new TypeError('a value without a key');
    frame.value.set(key, value);
    if (this.#stack.length === 1) this.spans.set(key, { start: frame.valueStart, end: this.#offset });
    frame.lastKey = key;
    frame.key = undefined;
  }

  #readKey(frame: DictionaryFrame): void {
    const at = this.#offset;
    const { start, end } = this.#readString();
    const key = this.#text.toString('latin1', start, end);
    if (frame.lastKey !== undefined && key <= frame.lastKey) {
      throw key === frame.lastKey
        ? new BencodeError('SHOAL_BENCODE_DUPLICATE_KEY', 'a dictionary has the same key twice', at)
        : new BencodeError('SHOAL_BENCODE_UNSORTED_KEYS', 'the keys of a dictionary are not sorted', at);
    }
    frame.key = key;
    frame.valueStart = this.#offset;
  }

  /** Reads a byte string and returns where its content lies. */
  #readString(): ByteSpan {
    const first = this.#offset;
    let length = 0;
    for (;;) {
      const byte = this.#bytes[this.#offset];
      if (byte === undefined) throw this.#truncated();
      if (byte === BYTE_COLON && this.#offset > first) break;
      if (byte < BYTE_0 || byte > BYTE_9) {
        throw this.#error('SHOAL_BENCODE_UNEXPECTED_BYTE', `unexpected byte 0x${byte.toString(16)}`);
      }
      const digits = this.#offset - first;
      if ((digits > 0 && length === 0) || digits >= MAX_LENGTH_DIGITS) {
        throw this.#error(
          'SHOAL_BENCODE_INVALID_LENGTH',
          'a string length with leading zeros or too many digits',
        );
      }
      length = length * 10 + (byte - BYTE_0);
      this.#offset += 1;
    }
    const start = this.#offset + 1;
    if (length > this.#bytes.length - start) throw this.#truncated();
    this.#offset = start + length;
    return { start, end: this.#offset };
  }

  #readInteger(): bigint {
    const start = this.#offset + 1;
    const end = this.#bytes.indexOf(BYTE_END, start);
    const limit = start + MAX_INTEGER_CHARS;
    if (end > limit || (end === -1 && this.#bytes.length > limit)) {
      throw this.#error('SHOAL_BENCODE_INVALID_INTEGER', 'an integer of too many digits, or without end');
    }
    if (end === -1) throw this.#truncated();
    const text = this.#text.toString('latin1', start, end);
    if (!CANONICAL_INTEGER.test(text)) {
      throw this.#error(
        'SHOAL_BENCODE_INVALID_INTEGER',
        'an integer that is empty, not decimal or not in shortest form',
      );
    }
    const value = BigInt(text.length <= MAX_NUMBER_CHARS ? Number(text) : text);
    if (value < MIN_INT64 || value > MAX_INT64) {
      throw this.#error('SHOAL_BENCODE_INTEGER_RANGE', 'an integer that does not fit in 64 bits');
    }
    this.#offset = end + 1;
    return value;
  }

  #truncated(): BencodeError {
    return new BencodeError('SHOAL_BENCODE_TRUNCATED', 'the data ends inside a value', this.#bytes.length);
  }

  #error(code: BencodeErrorCode, message: string): BencodeError {
    return new BencodeError(code, message, this.#offset);
  }
}
