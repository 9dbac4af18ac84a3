import { Status } from 'nice-grpc-common';

/** Whether a number or anything else is a gRPC status. */
export function isStatus(value: unknown): value is Status {
  return typeof value === 'number' && value in Status;
}

/** `NOT_FOUND` and so on; `UNKNOWN` for numbers that are no status. */
export function statusName(status: number): string {
  return isStatus(status) ? Status[status] : 'UNKNOWN';
}
