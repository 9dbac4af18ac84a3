import {
  BencodeError,
  type BencodeErrorCode,
  BencodeFieldError,
  type BencodeFieldErrorCode,
} from '../bencode/bencode-error.ts';
import { ProtocolError } from '../errors.ts';
import { ManifestError, type ManifestErrorCode } from '../manifest/manifest-error.ts';

const REMEDIES = {
  SHOAL_METAINFO_UNSUPPORTED_VERSION: 'Use a torrent of meta version 2, or a v1 torrent.',
  SHOAL_METAINFO_PIECE_LENGTH: 'Re-create the torrent with a power of two from 16 KiB to 128 MiB.',
  SHOAL_METAINFO_TOO_MANY_PIECES: 'Re-create the torrent with longer pieces.',
  SHOAL_METAINFO_PIECES_LENGTH: 'The torrent is damaged: obtain it again.',
  SHOAL_METAINFO_AMBIGUOUS_FILES: 'Re-create the torrent: it must list files in one way only.',
  SHOAL_METAINFO_PADDING: 'Re-create the torrent: padding only fills a piece up to its end.',
  SHOAL_METAINFO_HALVES_DIFFER: 'Re-create the torrent: its v1 and v2 halves must describe the same files.',
  SHOAL_METAINFO_PIECE_LAYER_MISSING:
    'Obtain the whole .torrent file: the piece layers are outside its info dictionary.',
  SHOAL_METAINFO_PIECE_LAYER_MISMATCH: 'The torrent is damaged or forged: obtain it again.',
  SHOAL_METAINFO_PIECE_LAYER_UNKNOWN: 'The torrent is damaged or forged: obtain it again.',
  SHOAL_METAINFO_WEB_SEED: 'Give HTTP or HTTPS URLs, each once, 32 at most, of 2 KiB at most.',
  SHOAL_METAINFO_NO_ROOTS:
    'Use a v2 or hybrid torrent: a v1 torrent does not name its files by their content.',
} as const;

type OwnCode = keyof typeof REMEDIES;

type CauseCode = BencodeErrorCode | BencodeFieldErrorCode | ManifestErrorCode;
type RestOf<Code> = Code extends `SHOAL_${'BENCODE' | 'MANIFEST'}_${infer Rest}` ? Rest : never;

/**
 * Stable codes of {@link MetainfoError}. A fault in the encoding, in a field or in the tree of files keeps the name it
 * has there: SHOAL_BENCODE_TRUNCATED in a torrent is SHOAL_METAINFO_TRUNCATED, and the original is the `cause`.
 */
export type MetainfoErrorCode = OwnCode | `SHOAL_METAINFO_${RestOf<CauseCode>}`;

/** Raised when a metainfo file cannot be used: malformed, contradictory, unsafe, or beyond the limits. */
export class MetainfoError extends ProtocolError {
  declare readonly code: MetainfoErrorCode;

  private constructor(code: MetainfoErrorCode, message: string, remedy: string, options?: ErrorOptions) {
    super(code, message, remedy, options);
  }

  static of(code: OwnCode, message: string): MetainfoError {
    return new MetainfoError(code, message, REMEDIES[code]);
  }

  /** Names a fault that a lower layer found, as one of the metainfo. */
  static from(cause: BencodeError | BencodeFieldError | ManifestError): MetainfoError {
    const code = cause.code.replace(/^SHOAL_(?:BENCODE|MANIFEST)_/, 'SHOAL_METAINFO_') as MetainfoErrorCode;
    return new MetainfoError(code, cause.message, cause.remedy, { cause });
  }
}

/**
 * Runs `work`, and gives faults of the lower layers in it their metainfo names.
 * @throws MetainfoError, or whatever else `work` throws
 */
export function asMetainfoErrors<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (
      error instanceof BencodeError ||
      error instanceof BencodeFieldError ||
      error instanceof ManifestError
    ) {
      throw MetainfoError.from(error);
    }
    throw error;
  }
}
