const SECOND = 1_000;

/** Time between two announces of a swarm (BEP 14). */
export const LSD_INTERVAL = 300 * SECOND;

/**
 * Least time between two announces of ours, each of one info-hash. BEP 14 asks for a minute, with several info-hashes in each:
 * Transmission 3.00 and aria2 1.36 read 200 bytes of a datagram and the first info-hash, and such an announce not at all. This
 * is what Transmission keeps.
 */
export const LSD_MIN_INTERVAL = 5 * SECOND;

/** How often it is looked whether something is to be announced. */
export const LSD_CHECK_INTERVAL = 1 * SECOND;

/**
 * Announces of others that are read at once, and per second; the rest is dropped unread. A thousand clients that keep to
 * BEP 14 send 17 a second at most, and reading one takes 17 µs (measured).
 */
export const LSD_BURST = 200;
export const LSD_PER_SECOND = 40;

/** Most interfaces that are listened on: each takes a socket for IPv4 and one for IPv6. */
export const MAX_LSD_INTERFACES = 8;

/** Random bytes of the cookie by which we know our own announces. */
export const LSD_COOKIE_BYTES = 8;
