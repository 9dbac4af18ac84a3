import type { Status } from 'nice-grpc-common';
import { ShoalError } from './shoal-error.ts';

/** What the errors of one code have in common. */
export interface Failure {
  /** The gRPC status they travel with. */
  readonly status: Status;
  /** What the reader can do about it. */
  readonly remedy: string;
}

/**
 * Makes the class of the errors of one area from its table of stable codes: `class BusError extends
 * errorClassOf(FAILURES) {}`, raised as `new BusError('SHOAL_BUS_FULL', 'the stream takes no more')`.
 */
export function errorClassOf<Code extends string>(failures: Readonly<Record<Code, Failure>>) {
  return class extends ShoalError {
    declare readonly code: Code;

    constructor(code: Code, message: string, options?: { readonly cause?: unknown }) {
      super({ code, message, ...failures[code], cause: options?.cause });
    }
  };
}
