import { errorClassOf, Status } from '@shoal/contracts';

const FAILURES = {
  SHOAL_BUS_UNAVAILABLE: {
    status: Status.UNAVAILABLE,
    remedy: 'Check that the NATS server runs and can be reached; try again.',
  },
  SHOAL_BUS_CONFLICT: {
    status: Status.ABORTED,
    remedy: 'Read the current value, decide again and write with its revision.',
  },
  SHOAL_BUS_PAYLOAD_TOO_LARGE: {
    status: Status.INVALID_ARGUMENT,
    remedy: 'Send less in one message, or raise max_payload of the NATS server.',
  },
  SHOAL_BUS_FULL: {
    status: Status.RESOURCE_EXHAUSTED,
    remedy: 'Raise the maxBytes of the stream or bucket, or give the NATS server more storage.',
  },
  SHOAL_BUS_NO_STREAM: {
    status: Status.FAILED_PRECONDITION,
    remedy: 'Start the service that consumes this subject: it creates the stream. Then try again.',
  },
  SHOAL_BUS_INVALID: {
    status: Status.INVALID_ARGUMENT,
    remedy:
      'Encode tokens with subjectToken() and keys with bucketKey(), and keep to the bounds in the message.',
  },
  SHOAL_BUS_CLOSED: {
    status: Status.UNAVAILABLE,
    remedy: 'The service is stopping; call it again once it is back.',
  },
} as const;

/** Stable codes of what can go wrong on the bus. */
export type MessagingErrorCode = keyof typeof FAILURES;

/** A failure of the event bus. It crosses the wire as any {@link ShoalError}. */
export class MessagingError extends errorClassOf(FAILURES) {}
