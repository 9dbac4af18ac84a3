import { ProtocolError } from '../errors.ts';

/** Stable codes of {@link WireError}. */
export type WireErrorCode =
  /** The first bytes are not a BitTorrent handshake. */
  | 'SHOAL_WIRE_NOT_BITTORRENT'
  /** A message is longer than its type, or any message of the torrent, can be. */
  | 'SHOAL_WIRE_TOO_LONG'
  /** A message has not the length its type prescribes. */
  | 'SHOAL_WIRE_BAD_LENGTH'
  /** A bitfield has not the torrent's size, or bits set beyond the last piece. */
  | 'SHOAL_WIRE_BAD_BITFIELD';

/** Raised when a peer's bytes break the peer wire protocol. The connection cannot be used any further. */
export class WireError extends ProtocolError {
  declare readonly code: WireErrorCode;

  constructor(code: WireErrorCode, message: string) {
    super(code, message, 'The peer does not speak the protocol correctly: look at its client and version.');
  }
}
