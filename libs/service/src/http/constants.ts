/** Largest request line and headers together, in bytes (Node's default): a grant and an announce take less than 1 KiB. */
export const MAX_HEADER_BYTES = 16 * 2 ** 10;
/** Header lines in one request; a browser sends about twenty. */
export const MAX_HEADERS = 64;
/** Largest request body read, in bytes, unless a handler asks for less. */
export const MAX_BODY_BYTES = 2 ** 20;
/** Longest time for the headers to arrive, in milliseconds. */
export const HEADERS_TIMEOUT_MS = 10_000;
/** Longest time for a whole request to arrive, in milliseconds. */
export const REQUEST_TIMEOUT_MS = 30_000;
/** A connection without requests is kept this long, in milliseconds: above the 60 s of common load balancers. */
export const KEEP_ALIVE_MS = 65_000;
/** A connection on which nothing moves is closed after this long, in milliseconds. */
export const IDLE_TIMEOUT_MS = 120_000;
/** Connections at once; more are refused by closing them. */
export const MAX_CONNECTIONS = 10_000;
/** Longest one readiness check may take, in milliseconds: Kubernetes gives a probe 1 s by default. */
export const READINESS_DEADLINE_MS = 800;
