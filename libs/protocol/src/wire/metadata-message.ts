import { BencodeFieldError } from '../bencode/bencode-error.ts';
import { readValue } from '../bencode/decode.ts';
import { encodeBencode } from '../bencode/encode.ts';
import { asDictionary, getInt } from '../bencode/fields.ts';
import { BencodeReader } from '../bencode/reader.ts';
import type { BencodeDictionary, BencodeValue } from '../bencode/value.ts';
import { METADATA_MESSAGE_LIMITS, METADATA_PIECE_SIZE } from './constants.ts';

/** A message of the extension `ut_metadata` (BEP 9). Pieces are {@link METADATA_PIECE_SIZE} long, the last may be shorter. */
export type MetadataMessage =
  | { readonly type: 'request' | 'reject'; readonly piece: number }
  | {
      readonly type: 'data';
      readonly piece: number;
      /** Bytes of all metadata. */
      readonly totalSize: number;
      /** A view into what was decoded. */
      readonly data: Uint8Array;
    };

const MESSAGE_TYPE = { request: 0, data: 1, reject: 2 } as const;

const PIECE_RANGE = { min: 0, max: 0xffff_ffff };
const SIZE_RANGE = { min: 0, max: Number.MAX_SAFE_INTEGER };
const TYPE_RANGE = { min: 0, max: Number.MAX_SAFE_INTEGER };

/** The payload of an extended message. */
export function encodeMetadataMessage(message: MetadataMessage): Uint8Array {
  const dictionary = new Map<string, BencodeValue>([
    ['msg_type', BigInt(MESSAGE_TYPE[message.type])],
    ['piece', BigInt(message.piece)],
  ]);
  if (message.type !== 'data') return encodeBencode(dictionary);
  dictionary.set('total_size', BigInt(message.totalSize));
  return Buffer.concat([encodeBencode(dictionary), message.data]);
}

/**
 * Reads the payload of an extended message. Undefined when it is of a type that we do not know: those are to be ignored
 * (BEP 9).
 * @throws BencodeError or BencodeFieldError when it is malformed
 */
export function decodeMetadataMessage(payload: Uint8Array): MetadataMessage | undefined {
  const reader = new BencodeReader(payload, METADATA_MESSAGE_LIMITS);
  const dictionary = asDictionary(readValue(reader), 'metadata message');
  const piece = (): number => getInt(dictionary, 'piece', PIECE_RANGE);
  switch (getInt(dictionary, 'msg_type', TYPE_RANGE)) {
    case MESSAGE_TYPE.request:
      return { type: 'request', piece: piece() };
    case MESSAGE_TYPE.reject:
      return { type: 'reject', piece: piece() };
    case MESSAGE_TYPE.data:
      return dataMessage(dictionary, piece(), reader.bytes.subarray(reader.offset));
    default:
      return undefined;
  }
}

function dataMessage(dictionary: BencodeDictionary, piece: number, data: Uint8Array): MetadataMessage {
  const totalSize = getInt(dictionary, 'total_size', SIZE_RANGE);
  if (data.length !== metadataPieceSize(piece, totalSize)) {
    const message = `${data.length} bytes for piece ${piece} of ${totalSize} bytes`;
    throw new BencodeFieldError('SHOAL_BENCODE_FIELD_RANGE', 'metadata message', message);
  }
  return { type: 'data', piece, totalSize, data };
}

/** Bytes of a piece of metadata that is `totalSize` bytes long; 0 when there is no such piece. */
export function metadataPieceSize(piece: number, totalSize: number): number {
  return Math.max(0, Math.min(METADATA_PIECE_SIZE, totalSize - piece * METADATA_PIECE_SIZE));
}
