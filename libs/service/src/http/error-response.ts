import type { ShoalError } from '@shoal/contracts';
import { Status } from 'nice-grpc-common';
import { type HttpResponse, json } from './http-message.ts';

/** As https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto maps them. */
const HTTP_STATUSES: Readonly<Partial<Record<Status, number>>> = {
  [Status.INVALID_ARGUMENT]: 400,
  [Status.FAILED_PRECONDITION]: 400,
  [Status.OUT_OF_RANGE]: 400,
  [Status.UNAUTHENTICATED]: 401,
  [Status.PERMISSION_DENIED]: 403,
  [Status.NOT_FOUND]: 404,
  [Status.ALREADY_EXISTS]: 409,
  [Status.ABORTED]: 409,
  [Status.RESOURCE_EXHAUSTED]: 429,
  [Status.UNIMPLEMENTED]: 501,
  [Status.UNAVAILABLE]: 503,
  [Status.DEADLINE_EXCEEDED]: 504,
};

/** A typed error as a JSON answer with its code, message and remedy. */
export function errorResponse({ status, code, message, remedy }: ShoalError): HttpResponse {
  return json(HTTP_STATUSES[status] ?? 500, { code, message, remedy });
}
