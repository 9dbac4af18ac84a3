import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import { RequestError } from '@nats-io/transport-node';
import { MessagingError, type MessagingErrorCode } from '../errors.ts';

/**
 * nats-server's error codes that callers can do something about; the client library does not name them.
 * https://github.com/nats-io/nats-server/blob/v2.9.10/server/errors.json
 */
const CODES: ReadonlyMap<number, MessagingErrorCode> = new Map([
  [JetStreamApiCodes.StreamWrongLastSequence, 'SHOAL_BUS_CONFLICT'],
  [JetStreamApiCodes.StreamWrongLastSequenceUnknown, 'SHOAL_BUS_CONFLICT'],
  [JetStreamApiCodes.StreamNotFound, 'SHOAL_BUS_NO_STREAM'],
  [10_065, 'SHOAL_BUS_CONFLICT'], // subjects overlap with an existing stream
  [10_058, 'SHOAL_BUS_CONFLICT'], // stream name in use with a different configuration
  [10_023, 'SHOAL_BUS_FULL'], // insufficient resources
  [10_047, 'SHOAL_BUS_FULL'], // insufficient storage resources available
  [10_028, 'SHOAL_BUS_FULL'], // insufficient memory resources available
  [10_054, 'SHOAL_BUS_PAYLOAD_TOO_LARGE'], // message size exceeds maximum allowed
]);

/** What a stream that discards new messages says when it is at its bound; its code (10077) covers other failures too. */
const AT_BOUND = /maximum (bytes|messages) exceeded/;

/** Turns what the client library threw into a typed error; typed ones pass as they are. */
export function toMessagingError(error: unknown, what: string): MessagingError {
  if (error instanceof MessagingError) return error;
  const reason = error instanceof Error ? error.message : 'unknown reason';
  const fail = (code: MessagingErrorCode) => new MessagingError(code, `${what}: ${reason}`, { cause: error });
  if (error instanceof JetStreamApiError) {
    return fail(
      CODES.get(error.code) ?? (AT_BOUND.test(reason) ? 'SHOAL_BUS_FULL' : 'SHOAL_BUS_UNAVAILABLE'),
    );
  }
  if (isNoResponders(error)) return fail('SHOAL_BUS_NO_STREAM');
  if (/max_payload/.test(reason)) return fail('SHOAL_BUS_PAYLOAD_TOO_LARGE');
  return fail('SHOAL_BUS_UNAVAILABLE');
}

/** Whether a request failed because nobody listens to its subject: for durable publishes, because no stream stores it. */
function isNoResponders(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // The JetStream client wraps it, and says "jetstream is not enabled", which it need not mean.
  return (error instanceof RequestError && error.isNoResponders()) || isNoResponders(error.cause);
}
