import { ProtocolError } from '../errors.ts';

const REMEDIES = {
  SHOAL_MAGNET_SCHEME: 'Give a link that begins with "magnet:?".',
  SHOAL_MAGNET_TOO_LONG: 'Leave out trackers and peers: a link of its hashes and a few of them is enough.',
  SHOAL_MAGNET_NO_HASH:
    'Give a link with xt=urn:btih: and 40 hexadecimal digits, or xt=urn:btmh:1220 and 64 of them.',
  SHOAL_MAGNET_BAD_HASH:
    'Copy the link again: urn:btih: takes 40 hexadecimal or 32 base32 digits, urn:btmh:1220 takes 64 hexadecimal ones.',
  SHOAL_MAGNET_AMBIGUOUS: 'Use a link that names one torrent.',
} as const;

/** Stable codes of {@link MagnetError}. */
export type MagnetErrorCode = keyof typeof REMEDIES;

/** Raised when a text is no magnet link of a torrent. */
export class MagnetError extends ProtocolError {
  declare readonly code: MagnetErrorCode;

  constructor(code: MagnetErrorCode, message: string) {
    super(code, message, REMEDIES[code]);
  }
}
