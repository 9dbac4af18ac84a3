import { BencodeError } from '../bencode/bencode-error.ts';
import { BencodeReader } from '../bencode/reader.ts';
import { BencodeWriter } from '../bencode/writer.ts';
import { METAINFO_LIMITS } from './constants.ts';

/**
 * The same metainfo file with another value of one outermost key, or with one at last. All else keeps its bytes, and so the
 * swarm its info-hashes.
 * @throws BencodeError when `metainfo` is no dictionary
 */
export function withMember(
  metainfo: Uint8Array,
  key: string,
  writeValue: (writer: BencodeWriter) => void,
): Uint8Array {
  const reader = new BencodeReader(metainfo, METAINFO_LIMITS);
  if (reader.next() !== 'dictionary') {
    throw new BencodeError('SHOAL_BENCODE_NOT_A_DICTIONARY', 'the outermost value is not a dictionary', 0);
  }
  // Keys are sorted: it belongs in front of the first that is not less.
  let start = reader.offset;
  let end = start;
  while (reader.next() === 'key' && reader.latin1() <= key) {
    const isReplaced = reader.latin1() === key;
    reader.skip();
    end = reader.offset;
    if (isReplaced) break;
    start = end;
  }
  const writer = new BencodeWriter();
  writer.encoded(reader.bytes.subarray(0, start));
  writer.key(key);
  writeValue(writer);
  writer.encoded(reader.bytes.subarray(end));
  return writer.finish();
}
