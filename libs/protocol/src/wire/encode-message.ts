import { writeUint32 } from '../bytes.ts';
import { HASH_REQUEST_BODY, MESSAGE_ID, PIECE_HEADER_LENGTH } from './constants.ts';
import type { BlockRange, HashRange, PeerMessage } from './message.ts';

/** Length prefix and id, in bytes. */
const HEAD = 5;

/** The wire form of a message, length prefix included. */
export function encodeMessage(message: PeerMessage): Uint8Array {
  switch (message.type) {
    case 'keep-alive':
      return new Uint8Array(4);
    case 'choke':
      return frame(MESSAGE_ID.choke, 0);
    case 'unchoke':
      return frame(MESSAGE_ID.unchoke, 0);
    case 'interested':
      return frame(MESSAGE_ID.interested, 0);
    case 'not-interested':
      return frame(MESSAGE_ID.notInterested, 0);
    case 'have-all':
      return frame(MESSAGE_ID.haveAll, 0);
    case 'have-none':
      return frame(MESSAGE_ID.haveNone, 0);
    case 'have':
      return withPiece(MESSAGE_ID.have, message.piece);
    case 'suggest':
      return withPiece(MESSAGE_ID.suggest, message.piece);
    case 'allowed-fast':
      return withPiece(MESSAGE_ID.allowedFast, message.piece);
    case 'bitfield':
      return withBytes(MESSAGE_ID.bitfield, message.bits);
    case 'request':
      return withRange(MESSAGE_ID.request, message);
    case 'cancel':
      return withRange(MESSAGE_ID.cancel, message);
    case 'reject':
      return withRange(MESSAGE_ID.reject, message);
    case 'port': {
      const bytes = frame(MESSAGE_ID.port, 2);
      bytes.writeUInt16BE(message.port, HEAD);
      return bytes;
    }
    case 'extended': {
      const bytes = frame(MESSAGE_ID.extended, 1 + message.payload.length);
      bytes[HEAD] = message.extendedId;
      bytes.set(message.payload, HEAD + 1);
      return bytes;
    }
    case 'hash-request':
      return withHashRange(MESSAGE_ID.hashRequest, message);
    case 'hash-reject':
      return withHashRange(MESSAGE_ID.hashReject, message);
    case 'hashes':
      return withHashRange(MESSAGE_ID.hashes, message, message.hashes);
  }
}

/** Writes what precedes the payload of a `piece` message; returns where the payload begins. */
export function writePieceHeader(target: Uint8Array, at: number, block: BlockRange): number {
  writeUint32(target, at, PIECE_HEADER_LENGTH - 4 + block.length);
  target[at + 4] = MESSAGE_ID.piece;
  writeUint32(target, at + 5, block.piece);
  writeUint32(target, at + 9, block.begin);
  return at + PIECE_HEADER_LENGTH;
}

function frame(id: number, bodyLength: number): Buffer {
  // From Node's pool: the caller fills the body.
  const bytes = Buffer.allocUnsafe(HEAD + bodyLength);
  writeUint32(bytes, 0, 1 + bodyLength);
  bytes[4] = id;
  return bytes;
}

function withPiece(id: number, piece: number): Uint8Array {
  const bytes = frame(id, 4);
  writeUint32(bytes, HEAD, piece);
  return bytes;
}

function withBytes(id: number, body: Uint8Array): Uint8Array {
  const bytes = frame(id, body.length);
  bytes.set(body, HEAD);
  return bytes;
}

function withRange(id: number, range: BlockRange): Uint8Array {
  const bytes = frame(id, 12);
  writeUint32(bytes, HEAD, range.piece);
  writeUint32(bytes, HEAD + 4, range.begin);
  writeUint32(bytes, HEAD + 8, range.length);
  return bytes;
}

function withHashRange(id: number, range: HashRange, hashes?: Uint8Array): Uint8Array {
  const bytes = frame(id, HASH_REQUEST_BODY + (hashes?.length ?? 0));
  bytes.set(range.piecesRoot.subarray(0, 32), HEAD);
  writeUint32(bytes, HEAD + 32, range.baseLayer);
  writeUint32(bytes, HEAD + 36, range.index);
  writeUint32(bytes, HEAD + 40, range.length);
  writeUint32(bytes, HEAD + 44, range.proofLayers);
  if (hashes !== undefined) bytes.set(hashes, HEAD + HASH_REQUEST_BODY);
  return bytes;
}
