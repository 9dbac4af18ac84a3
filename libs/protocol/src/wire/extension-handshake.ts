import { decodeUtf8, encodeUtf8 } from '../bytes.ts';
import { decodeBencodeDictionary } from '../bencode/decode.ts';
import { encodeBencode } from '../bencode/encode.ts';
import { type BencodeDictionary, type BencodeValue, isDictionary } from '../bencode/value.ts';
import { EXTENSION_HANDSHAKE_LIMITS } from './constants.ts';

/** What a peer tells about itself in the extension handshake (BEP 10). Every field is optional on the wire. */
export interface ExtensionHandshake {
  /** Extension names and the ids their messages are to be sent with (`m`). */
  readonly extensions: ReadonlyMap<string, number>;
  /** Client name and version (`v`). */
  readonly client?: string;
  /** Port it listens on (`p`). */
  readonly port?: number;
  /** Requests it keeps queued (`reqq`). */
  readonly requestQueue?: number;
  /** Bytes of the `info` dictionary it can tell (`metadata_size`, BEP 9), whatever that is worth from a stranger. */
  readonly metadataSize?: number;
  /** It wants nothing (BEP 21). */
  readonly uploadOnly?: boolean;
  /** Its role in a Shoal fleet (`shoal_class`); absent from stock clients. */
  readonly shoalClass?: string;
  /** Zone and rack of a member of a fleet (`shoal_zone`, `shoal_rack`). */
  readonly shoalZone?: string;
  readonly shoalRack?: string;
}

/** Longest text taken from a peer, in characters; longer ones are cut. */
const MAX_TEXT = 64;

/** The payload of an extended message with id 0. */
export function encodeExtensionHandshake(handshake: ExtensionHandshake): Uint8Array {
  const dictionary = new Map<string, BencodeValue>();
  dictionary.set('m', new Map([...handshake.extensions].map(([name, id]) => [name, BigInt(id)])));
  if (handshake.metadataSize !== undefined) dictionary.set('metadata_size', BigInt(handshake.metadataSize));
  if (handshake.port !== undefined) dictionary.set('p', BigInt(handshake.port));
  if (handshake.requestQueue !== undefined) dictionary.set('reqq', BigInt(handshake.requestQueue));
  if (handshake.shoalClass !== undefined) dictionary.set('shoal_class', encodeUtf8(handshake.shoalClass));
  if (handshake.shoalRack !== undefined) dictionary.set('shoal_rack', encodeUtf8(handshake.shoalRack));
  if (handshake.shoalZone !== undefined) dictionary.set('shoal_zone', encodeUtf8(handshake.shoalZone));
  if (handshake.uploadOnly !== undefined) dictionary.set('upload_only', handshake.uploadOnly ? 1n : 0n);
  if (handshake.client !== undefined) dictionary.set('v', encodeUtf8(handshake.client));
  return encodeBencode(dictionary);
}

/**
 * Reads the payload of an extended message with id 0. Fields of a wrong type or range count as absent.
 * @throws BencodeError when it is not a bencoded dictionary within EXTENSION_HANDSHAKE_LIMITS
 */
export function decodeExtensionHandshake(payload: Uint8Array): ExtensionHandshake {
  const { dictionary } = decodeBencodeDictionary(payload, EXTENSION_HANDSHAKE_LIMITS);
  const client = text(dictionary.get('v'));
  const shoalClass = text(dictionary.get('shoal_class'));
  const shoalZone = text(dictionary.get('shoal_zone'));
  const shoalRack = text(dictionary.get('shoal_rack'));
  const port = integer(dictionary.get('p'), 1, 65_535);
  const requestQueue = integer(dictionary.get('reqq'), 1, 1_000_000);
  const metadataSize = integer(dictionary.get('metadata_size'), 1, Number.MAX_SAFE_INTEGER);
  const uploadOnly = integer(dictionary.get('upload_only'), 0, 1);
  return {
    extensions: extensionIds(dictionary),
    ...(client === undefined ? {} : { client }),
    ...(shoalClass === undefined ? {} : { shoalClass }),
    ...(shoalZone === undefined ? {} : { shoalZone }),
    ...(shoalRack === undefined ? {} : { shoalRack }),
    ...(port === undefined ? {} : { port }),
    ...(requestQueue === undefined ? {} : { requestQueue }),
    ...(metadataSize === undefined ? {} : { metadataSize }),
    ...(uploadOnly === undefined ? {} : { uploadOnly: uploadOnly === 1 }),
  };
}

function extensionIds(dictionary: BencodeDictionary): Map<string, number> {
  const ids = new Map<string, number>();
  const names = dictionary.get('m');
  if (names === undefined || !isDictionary(names)) return ids;
  for (const [name, value] of names) {
    // Id 0 means that the peer has switched the extension off (BEP 10).
    const id = integer(value, 1, 255);
    if (id !== undefined) ids.set(name, id);
  }
  return ids;
}

function integer(value: BencodeValue | undefined, min: number, max: number): number | undefined {
  if (typeof value !== 'bigint' || value < BigInt(min) || value > BigInt(max)) return undefined;
  return Number(value);
}

function text(value: BencodeValue | undefined): string | undefined {
  if (!(value instanceof Uint8Array)) return undefined;
  return decodeUtf8(value)?.slice(0, MAX_TEXT);
}
