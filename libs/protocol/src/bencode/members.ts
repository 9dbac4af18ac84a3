import { BencodeError, BencodeFieldError } from './bencode-error.ts';
import type { BencodeLimits } from './constants.ts';
import { decodeBencode, readValue } from './decode.ts';
import { BencodeReader, type ByteSpan } from './reader.ts';
import type { BencodeDictionary, BencodeValue } from './value.ts';

/** What is wanted of a dictionary, by key. */
export interface WantedMembers {
  /** To be decoded. */
  readonly decoded: ReadonlySet<string>;
  /** Lists and dictionaries of any size, to be read where they lie. */
  readonly located?: ReadonlySet<string>;
}

/** What was found. */
export interface Members {
  /** Also what was to be located, but is neither list nor dictionary. */
  readonly values: BencodeDictionary;
  readonly spans: ReadonlyMap<string, ByteSpan>;
}

/** Bounds of a list or dictionary that is decoded as a member: the longest is a path of 100 components. */
const MEMBER_LIMITS: BencodeLimits = { maxBytes: 64 * 1024, maxDepth: 2, maxTokens: 256 };

const NOTHING: ReadonlySet<string> = new Set();

/**
 * Reads the members of the dictionary that the reader has just begun, up to its end. The others are only looked through,
 * so that what nobody asked for costs no memory.
 * @throws BencodeError as the reader, and when a decoded member is a list or dictionary of more than 256 values
 */
export function readMembers(reader: BencodeReader, { decoded, located = NOTHING }: WantedMembers): Members {
  const values = new Map<string, BencodeValue>();
  const spans = new Map<string, ByteSpan>();
  while (reader.next() === 'key') {
    const key = reader.latin1();
    const start = reader.offset;
    const token = reader.next();
    const isNested = token === 'list' || token === 'dictionary';
    if (!isNested && (decoded.has(key) || located.has(key))) values.set(key, readValue(reader, token));
    reader.finish(token);
    const span = { start, end: reader.offset };
    if (isNested && located.has(key)) spans.set(key, span);
    else if (isNested && decoded.has(key)) values.set(key, decodeSmall(reader.bytes, span));
  }
  return { values, spans };
}

/**
 * Reads the members of a value that is all of `bytes`.
 * @throws BencodeError as {@link readMembers}, and when `bytes` are no single dictionary
 */
export function readOutermost(bytes: Uint8Array, limits: BencodeLimits, wanted: WantedMembers): Members {
  const reader = new BencodeReader(bytes, limits);
  const first = reader.next();
  if (first === 'dictionary') {
    const members = readMembers(reader, wanted);
    reader.expectEnd();
    return members;
  }
  reader.finish(first);
  reader.expectEnd();
  throw new BencodeError('SHOAL_BENCODE_NOT_A_DICTIONARY', 'the outermost value is not a dictionary', 0);
}

/** Whether a member was found, of whatever type. */
export function hasMember({ values, spans }: Members, key: string): boolean {
  return values.has(key) || spans.has(key);
}

/**
 * A reader that stands behind the beginning of a located member.
 * @param bytes what the members were read from
 * @throws BencodeFieldError when it is missing, or not of the `kind`
 */
export function openMember(
  bytes: Uint8Array,
  members: Members,
  kind: 'list' | 'dictionary',
  {
    key,
    where = '',
    limits,
  }: { readonly key: string; readonly where?: string; readonly limits: BencodeLimits },
): BencodeReader {
  const field = where === '' ? key : `${where}.${key}`;
  const span = members.spans.get(key);
  if (!hasMember(members, key)) {
    throw new BencodeFieldError('SHOAL_BENCODE_FIELD_MISSING', field, 'missing');
  }
  const reader = span && new BencodeReader(bytes.subarray(span.start, span.end), limits);
  if (reader?.next() === kind) return reader;
  throw new BencodeFieldError('SHOAL_BENCODE_FIELD_TYPE', field, `not a ${kind}`);
}

function decodeSmall(bytes: Uint8Array, { start, end }: ByteSpan): BencodeValue {
  return decodeBencode(bytes.subarray(start, end), MEMBER_LIMITS);
}
