/** Largest message either way, in bytes (grpc-js' own default for receiving); bulk data travels in chunks of 1 MiB at most. */
export const DEFAULT_MAX_MESSAGE_BYTES = 4 * 2 ** 20;
/** Calls in progress on one connection; a host needs a handful. */
export const MAX_CONCURRENT_STREAMS = 1_000;
/** A ping after this long without traffic, in milliseconds: finds peers that vanished without closing. */
export const KEEPALIVE_MS = 20_000;
/** A connection whose ping is not answered for this long is closed, in milliseconds. */
export const KEEPALIVE_TIMEOUT_MS = 10_000;
/** Longest wait between tries to connect, in milliseconds (grpc-js: 120 s), so that a restarted service is found soon. */
export const MAX_RECONNECT_BACKOFF_MS = 5_000;
/** Deadline of unary calls that name none, in milliseconds. */
export const DEFAULT_DEADLINE_MS = 10_000;
/** Trailer of a typed error: JSON {code, message, remedy}. */
export const ERROR_TRAILER = 'shoal-error-bin';
/** Longest text of an error on the wire, in characters: trailers share 64 KiB with the other headers. */
export const MAX_ERROR_TEXT = 2_000;
/**
 * Bytes that the other end may send on one call before it is heard of: a 64 KiB window (HTTP/2's default) held an upload
 * to 67 MiB/s on loopback, where 1 MiB gives 85, and would to 6 MiB/s over a round trip of 10 ms. Bounds what a call that is not read keeps in memory.
 */
export const STREAM_WINDOW_BYTES = 2 ** 20;
/** The same for all calls of one connection together. */
export const CONNECTION_WINDOW_BYTES = 4 * 2 ** 20;
