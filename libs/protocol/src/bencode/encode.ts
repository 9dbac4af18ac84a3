import { MAX_ENCODE_DEPTH, MAX_INT64, MIN_INT64 } from './constants.ts';
import { type BencodeValue, isDictionary } from './value.ts';
import { BencodeWriter } from './writer.ts';

/**
 * Encodes a value canonically (BEP 3): dictionaries are written in the order of their keys' bytes, whatever order the
 * map has.
 * @throws RangeError when an integer exceeds 64 bits, a key has a char above 0xff, or the value is deeper than
 * {@link MAX_ENCODE_DEPTH}: a mistake of the caller, not of any input.
 */
export function encodeBencode(value: BencodeValue): Uint8Array {
  const writer = new BencodeWriter();
  writeValue(writer, value);
  return writer.finish();
}

/**
 * Writes a value as {@link encodeBencode} does.
 * @throws RangeError as that does
 */
export function writeValue(writer: BencodeWriter, value: BencodeValue, depth = 0): void {
  if (depth > MAX_ENCODE_DEPTH)
    throw new RangeError(`a value nested deeper than ${String(MAX_ENCODE_DEPTH)}`);
  if (typeof value === 'bigint') {
    if (value < MIN_INT64 || value > MAX_INT64)
      throw new RangeError(`${String(value)} does not fit in 64 bits`);
    writer.integer(value);
  } else if (value instanceof Uint8Array) {
    writer.bytes(value);
  } else if (isDictionary(value)) {
    writer.beginDictionary();
    for (const key of [...value.keys()].sort(compareKeys)) {
      writer.key(key);
      const member = value.get(key);
      if (member !== undefined) writeValue(writer, member, depth + 1);
    }
    writer.end();
  } else {
    writer.beginList();
    for (const item of value) writeValue(writer, item, depth + 1);
    writer.end();
  }
}

/** Order of binary strings, which is that of their bytes. */
function compareKeys(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
