/**
 * A bencoded dictionary. Keys are byte strings, held one to one as binary ("latin1") strings: char code = byte, so that
 * the binary keys of BEP 52 survive, and comparing keys as strings compares their bytes.
 */
export type BencodeDictionary = ReadonlyMap<string, BencodeValue>;

/** A bencoded value (BEP 3). Integers are exact 64-bit; byte strings are views into the decoded input, not copies. */
export type BencodeValue = bigint | Uint8Array | readonly BencodeValue[] | BencodeDictionary;

/** Whether `value` is a dictionary. */
export function isDictionary(value: BencodeValue): value is BencodeDictionary {
  return value instanceof Map;
}
