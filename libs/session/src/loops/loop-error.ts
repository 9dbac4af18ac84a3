/** Stable codes of {@link LoopError}. */
export type LoopErrorCode =
  /** The number of loops makes no sense, or comes with a transport of the caller's. */
  | 'SHOAL_LOOPS_INVALID'
  /** The system cannot spread the connections of one port over several sockets. */
  | 'SHOAL_LOOPS_UNSUPPORTED'
  /** An event loop died or hung. It is replaced; its connections are lost. */
  | 'SHOAL_LOOPS_DIED';

/** Raised, or logged, when a session cannot use the event loops it was asked to use. */
export class LoopError extends Error {
  override readonly name = 'LoopError';
  readonly code: LoopErrorCode;
  /** What can be done about it. */
  readonly remedy: string;

  constructor(
    code: LoopErrorCode,
    message: string,
    details: { readonly remedy: string; readonly cause?: unknown },
  ) {
    super(message, { cause: details.cause });
    this.code = code;
    this.remedy = details.remedy;
  }
}
