import { ShoalError, Status } from '@shoal/contracts';

/** Statuses that tell of the state of database or bus, not of what was asked. */
const TRANSIENT: readonly Status[] = [
  Status.UNAVAILABLE,
  Status.ABORTED,
  Status.RESOURCE_EXHAUSTED,
  Status.DEADLINE_EXCEEDED,
];

/** Whether trying the same again later can help. */
export function isTransient(error: unknown): boolean {
  return error instanceof ShoalError && TRANSIENT.includes(error.status);
}
