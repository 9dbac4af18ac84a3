/** Largest payload in bytes: nats-server takes 1 MiB in all unless told otherwise, and 64 KiB of it are for headers. */
export const MAX_PAYLOAD_BYTES = 960 * 1024;

/** Names and values of a message's headers, in bytes; far from what trace context needs. */
export const MAX_HEADER_BYTES = 16 * 1024;

/** Longest subject or key in bytes; nats-server's limit is its maximal control line of 4 KiB. */
export const MAX_SUBJECT_BYTES = 2 * 1024;

/** Milliseconds an operation may take, connecting included. */
export const DEFAULT_OPERATION_TIMEOUT_MS = 5_000;

/** Milliseconds that {@link EventBus.close} waits for handlers and unsent messages. */
export const DEFAULT_CLOSE_DEADLINE_MS = 5_000;

/** Messages that wait for the handler of a plain subscription. */
export const DEFAULT_MAX_QUEUED = 1_024;

/** Messages of a consumption handled at the same time. */
export const DEFAULT_MAX_IN_FLIGHT = 64;

/** Milliseconds a durable handler may take. */
export const DEFAULT_HANDLER_TIMEOUT_MS = 30_000;

/** Milliseconds before a failed message comes again. */
export const DEFAULT_BACKOFF_MS = { first: 250, most: 30_000 } as const;

/**
 * Milliseconds after which the server delivers a message again of which it heard nothing, and milliseconds between two
 * signs of life for messages whose handlers run. A server that crashes forgets acknowledgements it had not written yet:
 * so long do those messages hold their places in flight.
 */
export const ACK_WAIT_MS = 5_000;
export const WORKING_INTERVAL_MS = 1_500;

/** Milliseconds between two attempts to reach the server, or to attach a consumption; up to half as much is added. */
export const RETRY_WAIT_MS = 500;

/** Milliseconds between pings, and pings unanswered before a connection counts as lost: a dead one is found in 30 s. */
export const PING_INTERVAL_MS = 10_000;
export const MAX_PINGS_OUT = 2;

/** Milliseconds a pull for messages waits on the server. Half of it is the heartbeat that tells a dead consumer. */
export const PULL_EXPIRES_MS = 10_000;
