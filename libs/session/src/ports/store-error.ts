/** Why a content store failed; stable across releases. */
export type StoreErrorCode =
  /** The file system is full or the quota is used up. */
  | 'SHOAL_STORE_FULL'
  /** The file system or directory does not let us write or read. */
  | 'SHOAL_STORE_DENIED'
  /** A file that should be there is missing, or shorter than the metainfo says. */
  | 'SHOAL_STORE_MISSING'
  /** The store was closed while or before the operation ran. */
  | 'SHOAL_STORE_CLOSED'
  /** Any other failure of the disk or of a hashing thread. */
  | 'SHOAL_STORE_IO';

/**
 * Raised by every {@link ContentStore} operation that cannot do its work. One store's failure never touches
 * another torrent.
 */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;
  /** What an operator should do. */
  readonly remedy: string;
  /** The file concerned, when there is one. */
  readonly path: string | undefined;

  constructor(
    code: StoreErrorCode,
    message: string,
    details: { readonly remedy: string; readonly path?: string; readonly cause?: unknown },
  ) {
    super(message, { cause: details.cause });
    this.code = code;
    this.remedy = details.remedy;
    this.path = details.path;
  }
}
