import { DEFAULT_BACKOFF_MS, DEFAULT_HANDLER_TIMEOUT_MS, DEFAULT_MAX_IN_FLIGHT } from './constants.ts';
import { withDeadline } from './deadline.ts';
import { checkName, checkPattern } from './message-rules.ts';
import type { ConsumptionSpec, DurableHandler, DurableMessage, StreamSpec } from './stream.ts';

/** A consumption with its defaults filled in. */
export interface DeliveryRules {
  readonly stream: StreamSpec;
  readonly durable: string;
  readonly filter: string;
  readonly maxInFlight: number;
  readonly handlerTimeoutMs: number;
  readonly backoffMs: { readonly first: number; readonly most: number };
}

/** @throws MessagingError SHOAL_BUS_INVALID for names and subjects that cannot be. */
export function deliveryRules(spec: ConsumptionSpec): DeliveryRules {
  checkStream(spec.stream);
  checkName(spec.durable);
  const filter = spec.filter ?? '>';
  checkPattern(filter);
  return {
    stream: spec.stream,
    durable: spec.durable,
    filter,
    maxInFlight: spec.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT,
    handlerTimeoutMs: spec.handlerTimeoutMs ?? DEFAULT_HANDLER_TIMEOUT_MS,
    backoffMs: spec.backoffMs ?? DEFAULT_BACKOFF_MS,
  };
}

/** @throws MessagingError SHOAL_BUS_INVALID for a name and subjects that cannot be. */
export function checkStream(spec: StreamSpec): void {
  checkName(spec.name);
  spec.subjects.forEach(checkPattern);
}

/** Milliseconds until a message comes again that has failed `deliveries` times. */
export function backoffAfter(rules: DeliveryRules, deliveries: number): number {
  return Math.min(rules.backoffMs.first * 2 ** Math.min(deliveries - 1, 30), rules.backoffMs.most);
}

/** Runs the handler. @throws what it throws; MessagingError SHOAL_BUS_UNAVAILABLE when it takes too long. */
export function handle(
  rules: DeliveryRules,
  handler: DurableHandler,
  message: DurableMessage,
): Promise<void> {
  return withDeadline(
    // So that a handler which throws before its first wait is a rejection too.
    Promise.resolve().then(() => handler(message)),
    rules.handlerTimeoutMs,
    `the handler of ${message.subject}`,
  );
}
