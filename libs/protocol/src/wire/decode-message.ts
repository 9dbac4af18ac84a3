import { readUint32, view } from '../bytes.ts';
import { bitfieldLength } from './bitfield.ts';
import { HASH_REQUEST_BODY, MAX_OTHER_BODY, MESSAGE_ID } from './constants.ts';
import type { BlockRange, HashRange, PeerMessage } from './message.ts';
import { WireError } from './wire-error.ts';

/**
 * Whether messages of type `id` may have a body (what follows the id) of `length` bytes, in a torrent of `pieceCount`
 * pieces, as far as that is known. `piece` messages are not decided here.
 * @throws WireError SHOAL_WIRE_TOO_LONG or SHOAL_WIRE_BAD_LENGTH
 */
export function checkBodyLength(id: number, length: number, pieceCount: number | undefined): void {
  if (id === MESSAGE_ID.bitfield && pieceCount === undefined) return; // no message of any torrent is longer
  const exact = exactBodyLength(id, pieceCount);
  if (exact !== undefined) {
    if (length === exact) return;
    throw new WireError('SHOAL_WIRE_BAD_LENGTH', `message ${id} with ${length} bytes, not ${exact}`);
  }
  if (length > MAX_OTHER_BODY) {
    throw new WireError(
      'SHOAL_WIRE_TOO_LONG',
      `message ${id} with ${length} bytes, more than ${MAX_OTHER_BODY}`,
    );
  }
  if (id === MESSAGE_ID.extended && length < 1) {
    throw new WireError('SHOAL_WIRE_BAD_LENGTH', 'an extended message without an id');
  }
  if (id === MESSAGE_ID.hashes && (length < HASH_REQUEST_BODY || (length - HASH_REQUEST_BODY) % 32 !== 0)) {
    throw new WireError('SHOAL_WIRE_BAD_LENGTH', `hashes in a body of ${length} bytes`);
  }
}

/** Length of the body of messages that allow but one; undefined for the others. */
function exactBodyLength(id: number, pieceCount: number | undefined): number | undefined {
  switch (id) {
    case MESSAGE_ID.choke:
    case MESSAGE_ID.unchoke:
    case MESSAGE_ID.interested:
    case MESSAGE_ID.notInterested:
    case MESSAGE_ID.haveAll:
    case MESSAGE_ID.haveNone:
      return 0;
    case MESSAGE_ID.have:
    case MESSAGE_ID.suggest:
    case MESSAGE_ID.allowedFast:
      return 4;
    case MESSAGE_ID.bitfield:
      return pieceCount === undefined ? undefined : bitfieldLength(pieceCount);
    case MESSAGE_ID.request:
    case MESSAGE_ID.cancel:
    case MESSAGE_ID.reject:
      return 12;
    case MESSAGE_ID.port:
      return 2;
    case MESSAGE_ID.hashRequest:
    case MESSAGE_ID.hashReject:
      return HASH_REQUEST_BODY;
    default:
      return undefined;
  }
}

/** Whether {@link decodeBody} knows messages of type `id`. */
export function isKnownMessage(id: number): boolean {
  return (
    id <= MESSAGE_ID.port || (id >= MESSAGE_ID.suggest && id <= 17) || (id >= MESSAGE_ID.extended && id <= 23)
  );
}

/** The message of a body that {@link checkBodyLength} has let pass. Byte strings are views into `bytes`. */
export function decodeBody(id: number, bytes: Uint8Array): PeerMessage {
  switch (id) {
    case MESSAGE_ID.choke:
      return { type: 'choke' };
    case MESSAGE_ID.unchoke:
      return { type: 'unchoke' };
    case MESSAGE_ID.interested:
      return { type: 'interested' };
    case MESSAGE_ID.notInterested:
      return { type: 'not-interested' };
    case MESSAGE_ID.haveAll:
      return { type: 'have-all' };
    case MESSAGE_ID.haveNone:
      return { type: 'have-none' };
    case MESSAGE_ID.have:
      return { type: 'have', piece: readUint32(bytes, 0) };
    case MESSAGE_ID.suggest:
      return { type: 'suggest', piece: readUint32(bytes, 0) };
    case MESSAGE_ID.allowedFast:
      return { type: 'allowed-fast', piece: readUint32(bytes, 0) };
    case MESSAGE_ID.bitfield:
      return { type: 'bitfield', bits: bytes };
    case MESSAGE_ID.request:
      return decodeRange('request', bytes);
    case MESSAGE_ID.cancel:
      return decodeRange('cancel', bytes);
    case MESSAGE_ID.reject:
      return decodeRange('reject', bytes);
    case MESSAGE_ID.port:
      return { type: 'port', port: view(bytes).readUInt16BE(0) };
    case MESSAGE_ID.extended:
      return { type: 'extended', extendedId: bytes[0] ?? 0, payload: bytes.subarray(1) };
    case MESSAGE_ID.hashRequest:
      return { type: 'hash-request', ...decodeHashRange(bytes) };
    case MESSAGE_ID.hashReject:
      return { type: 'hash-reject', ...decodeHashRange(bytes) };
    case MESSAGE_ID.hashes:
      return { type: 'hashes', ...decodeHashRange(bytes), hashes: bytes.subarray(HASH_REQUEST_BODY) };
    default:
      throw new TypeError(`message ${id} has no decoder`);
  }
}

function decodeRange<T extends 'request' | 'cancel' | 'reject'>(
  type: T,
  bytes: Uint8Array,
): { readonly type: T } & BlockRange {
  return {
    type,
    piece: readUint32(bytes, 0),
    begin: readUint32(bytes, 4),
    length: readUint32(bytes, 8),
  };
}

function decodeHashRange(bytes: Uint8Array): HashRange {
  return {
    piecesRoot: bytes.subarray(0, 32),
    baseLayer: readUint32(bytes, 32),
    index: readUint32(bytes, 36),
    length: readUint32(bytes, 40),
    proofLayers: readUint32(bytes, 44),
  };
}
