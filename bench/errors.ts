/** Stable codes of {@link BenchError}. */
export type BenchErrorCode =
  /** The command line makes no sense. */
  | 'SHOAL_BENCH_ARGUMENT'
  /** The benchmark needs network namespaces, which take root on Linux. */
  | 'SHOAL_BENCH_NEEDS_ROOT'
  /** A program that the benchmark needs is not installed. */
  | 'SHOAL_BENCH_MISSING_PROGRAM'
  /** A program of the system failed. */
  | 'SHOAL_BENCH_COMMAND'
  /** A contestant failed, ended, or did not answer in time. */
  | 'SHOAL_BENCH_CONTESTANT'
  /** The scratch directory has too little room. */
  | 'SHOAL_BENCH_SPACE';

/** Why a benchmark cannot run, or a run came to nothing. */
export class BenchError extends Error {
  override readonly name = 'BenchError';
  readonly code: BenchErrorCode;
  /** What to do about it. */
  readonly remedy: string;

  constructor(code: BenchErrorCode, message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.remedy = remedy;
  }
}
