const REMEDIES = {
  SHOAL_INGEST_TOO_MANY_BYTES: 'Send exactly the bytes of the files in the manifest, in its order.',
  SHOAL_INGEST_TOO_FEW_BYTES: 'Send the rest of the stream, from the offset that the ingest names.',
} as const;

/** Stable codes of {@link IngestError}. */
export type IngestErrorCode = keyof typeof REMEDIES;

/** Raised when a stream does not have the length that its manifest gives. */
export class IngestError extends Error {
  override readonly name = 'IngestError';
  readonly code: IngestErrorCode;
  readonly remedy: string;
  /** Bytes that the stream must have. */
  readonly totalBytes: number;

  constructor(code: IngestErrorCode, message: string, totalBytes: number) {
    super(message);
    this.code = code;
    this.remedy = REMEDIES[code];
    this.totalBytes = totalBytes;
  }
}
