import { ShoalError } from '@shoal/contracts';
import { Status } from 'nice-grpc-common';

/** The error for an answer that lacks what the contract promises: the other end is broken or of another version. */
export function missingAnswer(what: string): ShoalError {
  return new ShoalError({
    code: 'SHOAL_CLI_BAD_ANSWER',
    status: Status.INTERNAL,
    message: `the answer holds no ${what}`,
    remedy: 'Check that the endpoint is a Shoal service, of a version that goes with this client.',
  });
}
