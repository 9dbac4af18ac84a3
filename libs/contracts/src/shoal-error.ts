import type { Status } from 'nice-grpc-common';

/** What makes up a {@link ShoalError}. */
export interface ShoalErrorInit {
  /** Stable, for scripts: `SHOAL_<AREA>_<WHAT>`. Never reused for another meaning. */
  readonly code: string;
  /** The gRPC status the error travels with. */
  readonly status: Status;
  /** What went wrong, in one sentence, with the values at fault. */
  readonly message: string;
  /** What the reader can do about it. */
  readonly remedy: string;
  readonly cause?: unknown;
}

/**
 * A failure that crosses a wire: the same code, message and remedy at the caller as at the place where it was raised.
 * `libs/service` carries it in gRPC trailers; the command line prints it.
 */
export class ShoalError extends Error {
  override readonly name = 'ShoalError';
  readonly code: string;
  readonly status: Status;
  readonly remedy: string;

  constructor(init: ShoalErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = init.code;
    this.status = init.status;
    this.remedy = init.remedy;
  }
}
