import {
  type Attributes,
  context,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { Telemetry } from './telemetry.ts';

export interface SpanInit {
  /** INTERNAL unless given. */
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /** The active context unless given. */
  readonly parent?: Context;
}

/** Runs `fn` inside a span, which ends with it; a failure is recorded with its error code and raised again. */
export async function withSpan<T>(
  telemetry: Telemetry,
  name: string,
  init: SpanInit,
  fn: (span: Span) => Promise<T>,
): Promise<T> {
  const { kind = SpanKind.INTERNAL, attributes = {}, parent = context.active() } = init;
  const span = telemetry.tracer.startSpan(name, { kind, attributes }, parent);
  try {
    return await context.with(trace.setSpan(parent, span), () => fn(span));
  } catch (error) {
    recordFailure(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** Runs `fn` outside any trace: for starting what outlives the work that caused it. */
export function outsideTrace<T>(fn: () => T): T {
  return context.with(ROOT_CONTEXT, fn);
}

/** Marks a span as failed, with the `code` of a typed error as `error.type`. */
export function recordFailure(span: Span, error: unknown): void {
  const { code, name } =
    error instanceof Error ? (error as Error & { code?: unknown }) : { code: undefined, name: 'unknown' };
  span.setAttribute('error.type', typeof code === 'string' ? code : name);
  span.setStatus({
    code: SpanStatusCode.ERROR,
    message: error instanceof Error ? error.message : String(error),
  });
}

type Steps = AsyncGenerator<unknown, unknown, undefined>;
type Yielded<G extends Steps> = G extends AsyncGenerator<infer T, unknown, undefined> ? T : never;
type Returned<G extends Steps> = G extends AsyncGenerator<unknown, infer R, undefined> ? R : never;

/** Runs every step of an async generator inside `active`, so that spans made in it find their parent. */
export async function* generateIn<G extends Steps>(
  active: Context,
  generator: G,
): AsyncGenerator<Yielded<G>, Returned<G>, undefined> {
  let finished = false;
  try {
    for (;;) {
      const result = await context.with(active, () => generator.next());
      if (result.done === true) {
        finished = true;
        return result.value as Returned<G>;
      }
      yield result.value as Yielded<G>;
    }
  } finally {
    // The caller went away between two steps: let the generator clean up in its context too.
    if (!finished) await context.with(active, () => generator.return(undefined));
  }
}
