import { decodeBencode } from '../bencode/decode.ts';
import { encodeBencode } from '../bencode/encode.ts';
import type { BencodeDictionary, BencodeValue } from '../bencode/value.ts';
import { isDictionary } from '../bencode/value.ts';
import { encodeUtf8 } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { TrackerWireError } from './tracker-error.ts';

/** The body of a refusal (BEP 3); clients show `reason` to their user. */
export function encodeTrackerFailure(reason: string): Uint8Array {
  return encodeBencode(new Map([['failure reason', encodeUtf8(reason)]]));
}

/**
 * The fields of an answer, at most 1 MiB.
 * @throws TrackerWireError SHOAL_TRACKER_FAILURE when it is a refusal, SHOAL_TRACKER_RESPONSE_INVALID when it is no
 * bencoded dictionary
 */
export function decodeAnswer(body: Uint8Array): BencodeDictionary {
  const fields = decodeDictionary(body);
  const reason = fields.get('failure reason');
  if (reason instanceof Uint8Array) {
    throw new TrackerWireError('SHOAL_TRACKER_FAILURE', Buffer.from(reason).toString('utf8'));
  }
  return fields;
}

/**
 * A whole number ≥ 0 under `name`, if there is one; larger than 2^53 - 1 counts as that.
 * @throws TrackerWireError SHOAL_TRACKER_RESPONSE_INVALID when it is something else
 */
export function optionalCount(fields: BencodeDictionary, name: string): number | undefined {
  const value = fields.get(name);
  if (value === undefined) return undefined;
  if (typeof value !== 'bigint' || value < 0n) throw invalidField(name, 'not a whole number');
  return Math.min(Number(value), Number.MAX_SAFE_INTEGER);
}

/**
 * The byte string under `name`, if there is one.
 * @throws TrackerWireError SHOAL_TRACKER_RESPONSE_INVALID when it is something else
 */
export function optionalBytes(fields: BencodeDictionary, name: string): Uint8Array | undefined {
  const value = fields.get(name);
  if (value === undefined || value instanceof Uint8Array) return value;
  throw invalidField(name, 'not a byte string');
}

/** The error for an answer that cannot be used because of one of its fields. */
export function invalidField(name: string, message: string): TrackerWireError {
  return new TrackerWireError('SHOAL_TRACKER_RESPONSE_INVALID', `${name}: ${message}`, name);
}

function decodeDictionary(body: Uint8Array): BencodeDictionary {
  let value: BencodeValue;
  try {
    value = decodeBencode(body);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new TrackerWireError('SHOAL_TRACKER_RESPONSE_INVALID', error.message, undefined, { cause: error });
  }
  if (!isDictionary(value)) {
    throw new TrackerWireError('SHOAL_TRACKER_RESPONSE_INVALID', 'the answer is no dictionary');
  }
  return value;
}
