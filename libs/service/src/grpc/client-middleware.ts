import { context as activeContext, SpanKind, trace } from '@opentelemetry/api';
import { ShoalError } from '@shoal/contracts';
import {
  type CallOptions,
  ClientError,
  type ClientMiddleware,
  type ClientMiddlewareCall,
  Metadata,
  Status,
} from 'nice-grpc-common';
import { statusName } from '../errors/status.ts';
import { generateIn, recordFailure } from '../telemetry/span.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { ERROR_TRAILER } from './constants.ts';
import { decodeErrorTrailer } from './error-trailer.ts';

/** Options of a call beside nice-grpc's own. */
export interface DeadlineOptions {
  /** Milliseconds until the call fails with `SHOAL_DEADLINE_EXCEEDED`. Unary calls have a default; streams have none. */
  readonly deadlineMs?: number;
}

/** Every call in a span whose context travels with it. */
export function traceClientCalls(telemetry: Telemetry): ClientMiddleware {
  return async function* trace_(call, options) {
    const parent = activeContext.active();
    const span = telemetry.tracer.startSpan(call.method.path.slice(1), { kind: SpanKind.CLIENT }, parent);
    const inside = trace.setSpan(parent, span);
    const metadata = Metadata(options.metadata);
    for (const [key, value] of Object.entries(telemetry.inject(inside))) metadata.set(key, value);
    try {
      return yield* generateIn(inside, next(call, { ...options, metadata }));
    } catch (error) {
      recordFailure(span, error);
      throw error;
    } finally {
      span.end();
    }
  };
}

/** Ends calls at their deadline, here and (header `grpc-timeout`) at the server. */
export function limitClientCalls(defaultMs: number): ClientMiddleware<DeadlineOptions> {
  return async function* limit(call, { deadlineMs, ...options }) {
    const unary = !call.requestStream && !call.responseStream;
    const ms = deadlineMs ?? (unary ? defaultMs : undefined);
    if (ms === undefined) return yield* next(call, options);
    const deadline = AbortSignal.timeout(ms);
    const signal = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline]);
    const metadata = Metadata(options.metadata).set('grpc-timeout', `${Math.ceil(ms)}m`);
    try {
      return yield* next(call, { ...options, metadata, signal });
    } catch (error) {
      // An answer of the server, or an abort by the caller, stays what it is.
      if (error instanceof ClientError || !deadline.aborted || options.signal?.aborted === true) throw error;
      throw new ClientError(call.method.path, Status.DEADLINE_EXCEEDED, `no answer within ${ms} ms`);
    }
  };
}

/** Restores the typed error of the server from its trailer, and gives every other failure of the call a type too. */
export function restoreClientErrors(endpoint: string): ClientMiddleware {
  return async function* restore(call, options) {
    let trailer: Uint8Array | undefined;
    const onTrailer = (metadata: Metadata): void => {
      trailer = metadata.get(ERROR_TRAILER);
      options.onTrailer?.(metadata);
    };
    try {
      return yield* next(call, { ...options, onTrailer });
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      throw (trailer && decodeErrorTrailer(trailer, error.code)) ?? transportError(error, endpoint);
    }
  };
}

function transportError(error: ClientError, endpoint: string): ShoalError {
  const { code: status, details, path } = error;
  const init = { status, message: `${path.slice(1)} at ${endpoint}: ${details}`, cause: error };
  if (status === Status.UNAVAILABLE)
    return new ShoalError({
      ...init,
      message: `${endpoint} cannot be reached (${connectFailure(details)})`,
      code: 'SHOAL_UNAVAILABLE',
      remedy: `Check that the service at ${endpoint} runs, can be reached, and that both ends agree on TLS.`,
    });
  if (status === Status.DEADLINE_EXCEEDED)
    return new ShoalError({
      ...init,
      code: 'SHOAL_DEADLINE_EXCEEDED',
      remedy: `Try again; look at the load and the log of the service at ${endpoint}.`,
    });
  return new ShoalError({
    ...init,
    code: `SHOAL_RPC_${statusName(status)}`,
    remedy: `Check that ${endpoint} is the service meant and of a version that knows this call.`,
  });
}

/** grpc-js wraps the failure of the connection in a sentence of its own, with an empty note at the end. */
function connectFailure(details: string): string {
  return /Last error: (?:Error: )?(.+?)(?:\. Resolution note:.*)?$/s.exec(details)?.[1] ?? details;
}

/** The kinds of calls differ for the type checker only: each hands on its own request. */
function next<Request, Response, Ext>(
  call: ClientMiddlewareCall<Request, Response, Ext>,
  options: CallOptions & Partial<Ext>,
) {
  return call.next(call.request, options);
}
