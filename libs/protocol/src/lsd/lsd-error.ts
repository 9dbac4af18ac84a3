import { ProtocolError } from '../errors.ts';

/** Stable codes of {@link LsdError}. */
export type LsdErrorCode =
  /** The datagram is no announce, or one that lacks something. */
  | 'SHOAL_LSD_MALFORMED'
  /** The datagram has more bytes, lines or info-hashes than an announce can have. */
  | 'SHOAL_LSD_TOO_LONG';

/** Raised when a datagram is not an announce of local service discovery (BEP 14). */
export class LsdError extends ProtocolError {
  declare readonly code: LsdErrorCode;

  constructor(code: LsdErrorCode, message: string) {
    super(
      code,
      message,
      'Something in the local network sends other datagrams to the group of BEP 14: ignore them.',
    );
  }
}
