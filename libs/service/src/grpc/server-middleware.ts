import { SpanKind, trace } from '@opentelemetry/api';
import { isAbortError } from '../lifecycle/abort.ts';
import {
  type CallContext,
  type Metadata,
  ServerError,
  type ServerMiddleware,
  type ServerMiddlewareCall,
} from 'nice-grpc-common';
import type { Logger } from '../logging/logger.ts';
import { DURATION_BUCKETS } from '../telemetry/buckets.ts';
import { generateIn, recordFailure } from '../telemetry/span.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { ERROR_TRAILER } from './constants.ts';
import { clip, encodeErrorTrailer } from './error-trailer.ts';
import { statusName } from '../errors/status.ts';
import { toShoalError } from '../errors/to-shoal-error.ts';

/** What handlers find in their context beside nice-grpc's own. */
export interface RequestContext {
  /** Who calls. Everyone is `anonymous` until identities are enrolled. */
  readonly principal: string;
}

/** Every call in a span that continues the caller's trace. */
export function traceServerCalls(telemetry: Telemetry): ServerMiddleware {
  return async function* trace_(call, context) {
    const parent = telemetry.contextOf(traceHeaders(context.metadata));
    const span = telemetry.tracer.startSpan(call.method.path.slice(1), { kind: SpanKind.SERVER }, parent);
    try {
      return yield* generateIn(trace.setSpan(parent, span), next(call, context));
    } catch (error) {
      recordFailure(span, error);
      throw error;
    } finally {
      span.end();
    }
  };
}

/** Counts, times and logs every call, and turns its failure into a status and the trailer of a typed error. */
export function reportServerCalls(logger: Logger, { meter }: Telemetry): ServerMiddleware<RequestContext> {
  const duration = meter.createHistogram('rpc.server.call.duration', {
    description: 'Duration of gRPC calls, streams included.',
    unit: 's',
    advice: { explicitBucketBoundaries: DURATION_BUCKETS },
  });
  return async function* report(call, context) {
    const startedAt = performance.now();
    let status = 'OK';
    try {
      return yield* next(call, { ...context, principal: 'anonymous' });
    } catch (error) {
      if (isAbortError(error)) {
        status = 'CANCELLED';
        throw error;
      }
      const shown = toShoalError(error, logger);
      status = statusName(shown.status);
      context.trailer.set(ERROR_TRAILER, encodeErrorTrailer(shown));
      logger.info(
        { method: call.method.path, status, code: shown.code, reason: shown.message },
        'call failed',
      );
      throw new ServerError(shown.status, clip(shown.message));
    } finally {
      const seconds = (performance.now() - startedAt) / 1_000;
      duration.record(seconds, {
        'rpc.method': call.method.path.slice(1),
        'rpc.response.status_code': status,
      });
      logger.debug({ method: call.method.path, status, seconds, peer: context.peer }, 'call');
    }
  };
}

/** The kinds of calls differ for the type checker only: each hands on its own request. */
function next<Request, Response, Ext>(
  call: ServerMiddlewareCall<Request, Response, Ext>,
  context: CallContext & Ext,
) {
  return call.next(call.request, context);
}

function traceHeaders(metadata: Metadata): Record<string, string | undefined> {
  return { traceparent: metadata.get('traceparent'), tracestate: metadata.get('tracestate') };
}
