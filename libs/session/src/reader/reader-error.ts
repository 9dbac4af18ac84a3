/** Stable codes of {@link ReaderError}. */
export type ReaderErrorCode =
  /** The bytes did not come in time. */
  | 'SHOAL_READER_TIMEOUT'
  /** The reader was closed, or moved elsewhere, while it read. */
  | 'SHOAL_READER_CANCELLED'
  /** The bytes are not there, and nothing fetches them. */
  | 'SHOAL_READER_NOT_WANTED'
  /** The torrent has as many readers as it may. */
  | 'SHOAL_READER_TOO_MANY'
  /** The torrent has no such file, or the file no such bytes. */
  | 'SHOAL_READER_OUT_OF_RANGE';

/** Raised by a reader of a file. */
export class ReaderError extends Error {
  override readonly name = 'ReaderError';
  readonly code: ReaderErrorCode;
  /** What can be done about it. */
  readonly remedy: string;

  constructor(code: ReaderErrorCode, message: string, remedy: string) {
    super(message);
    this.code = code;
    this.remedy = remedy;
  }
}

/** The reader is closed, or reads elsewhere now. */
export function cancelledError(): ReaderError {
  const remedy = 'Nothing is wrong: read again from where the reader is now, or open another.';
  return new ReaderError('SHOAL_READER_CANCELLED', 'the reader was closed or moved while it read', remedy);
}
