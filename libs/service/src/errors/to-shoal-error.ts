import { randomUUID } from 'node:crypto';
import { ShoalError } from '@shoal/contracts';
import { ServerError, Status } from 'nice-grpc-common';
import type { Logger } from '../logging/logger.ts';
import { isStatus, statusName } from './status.ts';

/**
 * What a caller may learn of a failure. Typed errors of any package (with `code` and `remedy`) keep their texts, with
 * their own `status` or FAILED_PRECONDITION; anything else is a defect: the caller gets an id that is in the log.
 */
export function toShoalError(error: unknown, logger: Logger): ShoalError {
  if (error instanceof ShoalError) return error;
  if (error instanceof ServerError)
    return new ShoalError({
      code: `SHOAL_RPC_${statusName(error.code)}`,
      status: error.code,
      message: error.details,
      remedy: 'Check the request against the API.',
    });
  const typed = typedFields(error);
  if (typed !== undefined) return new ShoalError({ ...typed, cause: error });
  const id = randomUUID();
  logger.error({ err: error, errorId: id }, 'unexpected failure');
  return new ShoalError({
    code: 'SHOAL_INTERNAL',
    status: Status.INTERNAL,
    message: `internal error ${id}`,
    remedy: `Look for ${id} in the service's log and report it.`,
    cause: error,
  });
}

interface TypedFields {
  readonly code: string;
  readonly status: Status;
  readonly message: string;
  readonly remedy: string;
}

function typedFields(error: unknown): TypedFields | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, remedy, status } = error as Error & { code?: unknown; remedy?: unknown; status?: unknown };
  if (typeof code !== 'string' || typeof remedy !== 'string') return undefined;
  const known = isStatus(status) ? status : Status.FAILED_PRECONDITION;
  return { code, status: known, message: error.message, remedy };
}
