import { ShoalError, type Upload } from '@shoal/contracts';
import { Status } from 'nice-grpc-common';
import { PUBLISH_DEADLINE_MS, STALL_MS } from './constants.ts';

/** Raised when an attempt makes no headway. */
export function stalled(): ShoalError {
  return new ShoalError({
    code: 'SHOAL_PUSH_STALLED',
    status: Status.UNAVAILABLE,
    message: `nothing moved for ${STALL_MS / 1000} s`,
    remedy: 'Look at the network and at the disk of the seeder; push again to go on where it stopped.',
  });
}

/** Raised when a seeder does not take a push over the peer protocol. */
export function swarmClosed(why: string): ShoalError {
  return new ShoalError({
    code: 'SHOAL_PUSH_SWARM_CLOSED',
    status: Status.FAILED_PRECONDITION,
    message: `the seeder takes no push by swarm: ${why}`,
    remedy:
      'Let clients reach the port of --peer-listen of the seeder, or push with --via stream or --via relay.',
  });
}

/** Raised when an upload has ended as failed. */
export function failedUpload({ uploadId, errorCode }: Upload): ShoalError {
  return new ShoalError({
    code: errorCode,
    status: Status.FAILED_PRECONDITION,
    message: `upload ${uploadId} failed: ${errorCode}`,
    remedy: "The code says why; the catalog's log has the details. Push again once the cause is gone.",
  });
}

/** Raised when every byte is stored and the catalog does not publish the artifact. */
export function notPublished({ uploadId }: Upload): ShoalError {
  return new ShoalError({
    code: 'SHOAL_PUSH_NOT_PUBLISHED',
    status: Status.DEADLINE_EXCEEDED,
    message: `every byte of upload ${uploadId} is stored, but it was not published within ${PUBLISH_DEADLINE_MS / 1000} s`,
    remedy:
      'The seeder keeps reporting it. Run the same push again: nothing moves, and it ends once published.',
  });
}
