import { MAX_WANTED_PIECES } from './constants.ts';
import { WireError } from './wire-error.ts';

const INDEX_BYTES = 4;

/**
 * The payload of a message of the extension `shoal_wanted`: the pieces that its sender needs soon, the first one first, and
 * that the receiver has not said it has. Each is its index in four bytes, as in other messages of the peer wire (BEP 3).
 * @param pieces what is beyond MAX_WANTED_PIECES of them is left out
 */
export function encodeWantedMessage(pieces: readonly number[]): Uint8Array {
  const sent = pieces.slice(0, MAX_WANTED_PIECES);
  const payload = Buffer.alloc(sent.length * INDEX_BYTES);
  for (const [at, piece] of sent.entries()) payload.writeUInt32BE(piece, at * INDEX_BYTES);
  return payload;
}

/**
 * Reads the payload of {@link encodeWantedMessage}. The torrent may have no such pieces.
 * @throws WireError SHOAL_WIRE_TOO_LONG, SHOAL_WIRE_BAD_LENGTH
 */
export function decodeWantedMessage(payload: Uint8Array): number[] {
  if (payload.length > MAX_WANTED_PIECES * INDEX_BYTES) {
    throw new WireError('SHOAL_WIRE_TOO_LONG', `more than ${MAX_WANTED_PIECES} pieces are wanted at once`);
  }
  if (payload.length % INDEX_BYTES !== 0) {
    throw new WireError('SHOAL_WIRE_BAD_LENGTH', `${payload.length} bytes are no indexes of pieces`);
  }
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  return Array.from({ length: payload.length / INDEX_BYTES }, (_, at) => view.getUint32(at * INDEX_BYTES));
}
