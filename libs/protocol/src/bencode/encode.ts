import { MAX_ENCODE_DEPTH, MAX_INT64, MIN_INT64 } from './constants.ts';
import { type BencodeValue, isDictionary } from './value.ts';

/**
 * Encodes a value canonically (BEP 3): dictionaries are written in the order of their keys' bytes, whatever order the
 * map has.
 * @throws RangeError when an integer exceeds 64 bits, a key has a char above 0xff, or the value is deeper than
 * {@link MAX_ENCODE_DEPTH}: a mistake of the caller, not of any input.
 */
export function encodeBencode(value: BencodeValue): Uint8Array {
  const writer = new Writer();
  write(writer, value, 0);
  return writer.finish();
}

function write(writer: Writer, value: BencodeValue, depth: number): void {
  if (depth > MAX_ENCODE_DEPTH)
    throw new RangeError(`a value nested deeper than ${String(MAX_ENCODE_DEPTH)}`);
  if (typeof value === 'bigint') {
    if (value < MIN_INT64 || value > MAX_INT64)
      throw new RangeError(`${String(value)} does not fit in 64 bits`);
    writer.latin1(`i${String(value)}e`);
  } else if (value instanceof Uint8Array) {
    writer.latin1(`${String(value.length)}:`);
    writer.bytes(value);
  } else if (isDictionary(value)) {
    writer.latin1('d');
    for (const key of [...value.keys()].sort(compareKeys)) {
      writer.key(key);
      const member = value.get(key);
      if (member !== undefined) write(writer, member, depth + 1);
    }
    writer.latin1('e');
  } else {
    writer.latin1('l');
    for (const item of value) write(writer, item, depth + 1);
    writer.latin1('e');
  }
}

/** Order of binary strings, which is that of their bytes. */
function compareKeys(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const NOT_BINARY = /[^\0-\xff]/;

/** A byte buffer that doubles as it fills. */
class Writer {
  #buffer = Buffer.allocUnsafe(1024);
  #length = 0;

  latin1(text: string): void {
    this.#reserve(text.length);
    this.#length += this.#buffer.write(text, this.#length, 'latin1');
  }

  key(key: string): void {
    if (NOT_BINARY.test(key)) throw new RangeError(`the key ${JSON.stringify(key)} is not a binary string`);
    this.latin1(`${String(key.length)}:${key}`);
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  finish(): Uint8Array {
    return new Uint8Array(this.#buffer.subarray(0, this.#length));
  }

  #reserve(extra: number): void {
    const needed = this.#length + extra;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}
