import { view } from '../bytes.ts';
import { BencodeError, type BencodeErrorCode } from './bencode-error.ts';
import { type BencodeLimits, DEFAULT_BENCODE_LIMITS, MAX_INT64, MIN_INT64 } from './constants.ts';

/** Where a value lies in the input: `start` inclusive, `end` exclusive, in bytes. */
export interface ByteSpan {
  readonly start: number;
  readonly end: number;
}

/** What a step of a {@link BencodeReader} met. `key` and `bytes` are byte strings, `end` that of a list or dictionary. */
export type BencodeToken = 'integer' | 'bytes' | 'key' | 'list' | 'dictionary' | 'end';

const BYTE_END = 0x65; // e
const BYTE_INTEGER = 0x69; // i
const BYTE_LIST = 0x6c; // l
const BYTE_DICTIONARY = 0x64; // d
const BYTE_COLON = 0x3a;
const BYTE_0 = 0x30;
const BYTE_9 = 0x39;

/** Digits of the longest string length that is read; longer ones exceed any input. */
const MAX_LENGTH_DIGITS = 15;
/** Characters of the longest 64-bit integer. */
const MAX_INTEGER_CHARS = 20;
const CANONICAL_INTEGER = /^(?:0|-?[1-9]\d*)$/;
/** Up to so many characters an integer is exact as a number, which is cheaper to make. */
const MAX_NUMBER_CHARS = 15;

/** A list or dictionary that was begun and not ended. Reused by the next one of the same depth. */
interface Frame {
  isDictionary: boolean;
  /** In a dictionary: whether a key comes next, or its end. */
  atKey: boolean;
  /** Where the last key lies; `keyStart` is -1 before the first. */
  keyStart: number;
  keyEnd: number;
}

/**
 * Reads one canonical bencoded value (BEP 3) token by token: sorted unique keys, shortest integers. It makes no object of
 * what it reads, so a value of any size can be looked through at no cost in memory; nesting costs no call stack.
 */
export class BencodeReader {
  readonly bytes: Uint8Array;
  /** Content of the last `key` or `bytes`, digits of the last `integer`: `start` inclusive, `end` exclusive. */
  start = 0;
  end = 0;
  /** Where the next token begins. */
  offset = 0;
  /** Lists and dictionaries that are open. */
  depth = 0;
  readonly #text: Buffer;
  readonly #limits: BencodeLimits;
  readonly #frames: Frame[] = [];
  #tokens = 0;

  /** @throws BencodeError SHOAL_BENCODE_TOO_LARGE */
  constructor(bytes: Uint8Array, limits: BencodeLimits = DEFAULT_BENCODE_LIMITS) {
    // Not a Buffer even if the input is one: parts of it would inherit Buffer's different `slice`.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#text = view(bytes);
    this.#limits = limits;
    if (bytes.length > limits.maxBytes) {
      throw this.#error('SHOAL_BENCODE_TOO_LARGE', `more than ${String(limits.maxBytes)} bytes`);
    }
  }

  /**
   * Reads one token.
   * @throws BencodeError when the input is not canonical, ends too early, or exceeds the limits
   */
  next(): BencodeToken {
    const byte = this.bytes[this.offset];
    if (byte === undefined) throw this.#truncated();
    const frame = this.depth === 0 ? undefined : this.#frames[this.depth - 1];
    if (byte === BYTE_END && frame !== undefined) return this.#close(frame);
    this.#countToken();
    if (frame?.isDictionary === true) {
      if (frame.atKey) return this.#readKey(frame);
      frame.atKey = true;
    }
    if (byte === BYTE_INTEGER) return this.#readInteger();
    if (byte === BYTE_LIST) return this.#open(false);
    if (byte === BYTE_DICTIONARY) return this.#open(true);
    this.#readString();
    return 'bytes';
  }

  /** Reads a whole value. @throws BencodeError as {@link next} */
  skip(): void {
    this.finish(this.next());
  }

  /** Reads the rest of the value that `token`, just read, begins. @throws BencodeError as {@link next} */
  finish(token: BencodeToken): void {
    if (token !== 'list' && token !== 'dictionary') return;
    for (const outside = this.depth - 1; this.depth > outside;) this.next();
  }

  /** The last `integer`, exact. */
  integer(): bigint {
    const text = this.latin1();
    return BigInt(text.length <= MAX_NUMBER_CHARS ? Number(text) : text);
  }

  /** The content of the last `key` or `bytes`: a view, no copy. */
  content(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }

  /** The content of the last token as a binary string, one char a byte. */
  latin1(): string {
    return this.#text.toString('latin1', this.start, this.end);
  }

  /** Checks that everything was read. @throws BencodeError SHOAL_BENCODE_TRAILING_BYTES */
  expectEnd(): void {
    if (this.offset === this.bytes.length) return;
    throw this.#error('SHOAL_BENCODE_TRAILING_BYTES', 'bytes after the end of the value');
  }

  #countToken(): void {
    this.#tokens += 1;
    if (this.#tokens <= this.#limits.maxTokens) return;
    const message = `more than ${String(this.#limits.maxTokens)} values`;
    throw this.#error('SHOAL_BENCODE_TOO_MANY_TOKENS', message);
  }

  #open(isDictionary: boolean): BencodeToken {
    if (this.depth >= this.#limits.maxDepth) {
      throw this.#error('SHOAL_BENCODE_TOO_DEEP', `nested deeper than ${String(this.#limits.maxDepth)}`);
    }
    this.offset += 1;
    const frame = (this.#frames[this.depth] ??= { isDictionary, atKey: true, keyStart: -1, keyEnd: -1 });
    frame.isDictionary = isDictionary;
    frame.atKey = true;
    frame.keyStart = -1;
    this.depth += 1;
    return isDictionary ? 'dictionary' : 'list';
  }

  #close(frame: Frame): BencodeToken {
    if (frame.isDictionary && !frame.atKey) {
      throw this.#error('SHOAL_BENCODE_MISSING_VALUE', 'a key without a value');
    }
    this.offset += 1;
    this.depth -= 1;
    return 'end';
  }

  #readKey(frame: Frame): BencodeToken {
    const at = this.offset;
    this.#readString();
    if (frame.keyStart >= 0) {
      const text = this.#text;
      const order = text.compare(text, frame.keyStart, frame.keyEnd, this.start, this.end);
      if (order === 0)
        throw new BencodeError('SHOAL_BENCODE_DUPLICATE_KEY', 'a dictionary has the same key twice', at);
      if (order < 0)
        throw new BencodeError('SHOAL_BENCODE_UNSORTED_KEYS', 'the keys of a dictionary are not sorted', at);
    }
    frame.keyStart = this.start;
    frame.keyEnd = this.end;
    frame.atKey = false;
    return 'key';
  }

  #readString(): void {
    const first = this.offset;
    let length = 0;
    for (;;) {
      const byte = this.bytes[this.offset];
      if (byte === undefined) throw this.#truncated();
      if (byte === BYTE_COLON && this.offset > first) break;
      if (byte < BYTE_0 || byte > BYTE_9) {
        throw this.#error('SHOAL_BENCODE_UNEXPECTED_BYTE', `unexpected byte 0x${byte.toString(16)}`);
      }
      const digits = this.offset - first;
      if ((digits > 0 && length === 0) || digits >= MAX_LENGTH_DIGITS) {
        const message = 'a string length with leading zeros or too many digits';
        throw this.#error('SHOAL_BENCODE_INVALID_LENGTH', message);
      }
      length = length * 10 + (byte - BYTE_0);
      this.offset += 1;
    }
    const start = this.offset + 1;
    if (length > this.bytes.length - start) throw this.#truncated();
    this.start = start;
    this.end = start + length;
    this.offset = this.end;
  }

  #readInteger(): BencodeToken {
    const start = this.offset + 1;
    const end = this.bytes.indexOf(BYTE_END, start);
    const limit = start + MAX_INTEGER_CHARS;
    if (end > limit || (end === -1 && this.bytes.length > limit)) {
      throw this.#error('SHOAL_BENCODE_INVALID_INTEGER', 'an integer of too many digits, or without end');
    }
    if (end === -1) throw this.#truncated();
    this.start = start;
    this.end = end;
    const text = this.latin1();
    if (!CANONICAL_INTEGER.test(text)) {
      const message = 'an integer that is empty, not decimal or not in shortest form';
      throw this.#error('SHOAL_BENCODE_INVALID_INTEGER', message);
    }
    if (text.length > MAX_NUMBER_CHARS && !fitsInt64(BigInt(text))) {
      throw this.#error('SHOAL_BENCODE_INTEGER_RANGE', 'an integer that does not fit in 64 bits');
    }
    this.offset = end + 1;
    return 'integer';
  }

  #truncated(): BencodeError {
    return new BencodeError('SHOAL_BENCODE_TRUNCATED', 'the data ends inside a value', this.bytes.length);
  }

  #error(code: BencodeErrorCode, message: string): BencodeError {
    return new BencodeError(code, message, this.offset);
  }
}

function fitsInt64(value: bigint): boolean {
  return value >= MIN_INT64 && value <= MAX_INT64;
}
