import { ShoalError } from '@shoal/contracts';
import { Status } from 'nice-grpc-common';

/** The typed error of a server that cannot listen. */
export function listenFailed(listen: string, cause: unknown): ShoalError {
  return new ShoalError({
    code: 'SHOAL_SERVICE_LISTEN_FAILED',
    status: Status.FAILED_PRECONDITION,
    message: `cannot listen on ${listen}: ${cause instanceof Error ? cause.message : String(cause)}`,
    remedy: 'Choose a free address of this machine; port 0 takes any free port.',
    cause,
  });
}
