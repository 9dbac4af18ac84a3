import { BLOCK_SIZE, type PeerMessage } from '@shoal/protocol';
import { BLOCK_HEADER, MESSAGE_HEADER, SEGMENT_HEADERS, SEGMENT_PAYLOAD } from '../constants.ts';

/** Bytes on the wire of each payload byte of a stream in full flow: 1.046. */
export const STREAM_OVERHEAD =
  ((SEGMENT_PAYLOAD + SEGMENT_HEADERS) / SEGMENT_PAYLOAD) * (1 + BLOCK_HEADER / BLOCK_SIZE);

/** Bytes of a `piece` message with so much payload, all headers included. */
export function blockWireSize(length: number): number {
  return length * STREAM_OVERHEAD;
}

/** Bytes of a message in its stream. What stands for several requests of real blocks counts as these. */
export function messageSize(message: PeerMessage, pieceCount: number): number {
  switch (message.type) {
    case 'have':
    case 'suggest':
    case 'allowed-fast':
      return MESSAGE_HEADER + 4;
    case 'request':
    case 'cancel':
    case 'reject':
      return (MESSAGE_HEADER + 12) * Math.max(1, message.length / BLOCK_SIZE);
    case 'bitfield':
      return MESSAGE_HEADER + Math.ceil(pieceCount / 8);
    default:
      return MESSAGE_HEADER;
  }
}
