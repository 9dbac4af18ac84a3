import { ProtocolError } from '../errors.ts';

/** Stable codes of {@link MseError}. */
export type MseErrorCode =
  /** The peer's public key is out of range. */
  | 'SHOAL_MSE_BAD_KEY'
  /** What must follow the peer's padding does not: it is not encryption, or for another torrent. */
  | 'SHOAL_MSE_NO_SYNC'
  /** The peer asks for a torrent that is not here. */
  | 'SHOAL_MSE_UNKNOWN_TORRENT'
  /** What was decrypted is not what it must be. */
  | 'SHOAL_MSE_BAD_VERIFICATION'
  /** Padding or initial payload is longer than it may be. */
  | 'SHOAL_MSE_TOO_LONG'
  /** The peer offers, or has chosen, no method that we know. */
  | 'SHOAL_MSE_NO_METHOD'
  /** More such handshakes than are answered at once, or per second. */
  | 'SHOAL_MSE_BUSY';

/** Raised when an encrypted handshake (MSE) fails. The connection cannot be used any further. */
export class MseError extends ProtocolError {
  declare readonly code: MseErrorCode;

  constructor(code: MseErrorCode, message: string, options?: ErrorOptions) {
    const remedy =
      code === 'SHOAL_MSE_BUSY'
        ? 'The peer will try again; without encryption there is no such limit.'
        : 'Look at the client of the peer and its version, and whether it has the torrent.';
    super(code, message, remedy, options);
  }
}
