import { BencodeError } from '../bencode/bencode-error.ts';
import { BencodeReader } from '../bencode/reader.ts';
import { BencodeWriter } from '../bencode/writer.ts';
import { METAINFO_LIMITS } from './constants.ts';

const ANNOUNCE = 'announce';

/**
 * The same metainfo file with another tracker URL, or with one at last (BEP 3). All else keeps its bytes, and so the swarm
 * its info-hashes.
 * @throws BencodeError when `metainfo` is no dictionary
 */
export function withAnnounce(metainfo: Uint8Array, url: string): Uint8Array {
  const reader = new BencodeReader(metainfo, METAINFO_LIMITS);
  if (reader.next() !== 'dictionary') {
    throw new BencodeError('SHOAL_BENCODE_NOT_A_DICTIONARY', 'the outermost value is not a dictionary', 0);
  }
  // Keys are sorted: `announce` belongs in front of the first that is not less.
  let start = reader.offset;
  let end = start;
  while (reader.next() === 'key' && reader.latin1() <= ANNOUNCE) {
    const isReplaced = reader.latin1() === ANNOUNCE;
    reader.skip();
    end = reader.offset;
    if (isReplaced) break;
    start = end;
  }
  const writer = new BencodeWriter();
  writer.encoded(reader.bytes.subarray(0, start));
  writer.key(ANNOUNCE);
  writer.text(url);
  writer.encoded(reader.bytes.subarray(end));
  return writer.finish();
}
