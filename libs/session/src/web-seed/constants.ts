const SECOND = 1_000;
const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * How long no peer has sent a useful block before an origin is asked, at least; as much again is added at random, so that
 * the hosts of a fleet do not ask together: whoever begins first has pieces for the others before they begin.
 */
export const SWARM_PATIENCE = 5 * SECOND;

/** Rate of all peers together, in bytes per second, at which an origin is left again. */
export const SWARM_SUFFICES = 1 * MIB;

/** Web seeds that a session asks at the same time, over all torrents; each has one connection. */
export const MAX_ORIGIN_CONNECTIONS = 4;

/** Most bytes asked for in one HTTP request: what is lost at most when a connection breaks or is not wanted any more. */
export const MAX_RANGE_BYTES = 4 * MIB;

/** Requests of the core that may wait (8 MiB): fewer than it would send a fast peer. */
export const ORIGIN_REQUEST_LIMIT = 512;

/** Silence of an origin, in milliseconds, after which a request has failed. */
export const ORIGIN_TIMEOUT = 15 * SECOND;

/** First pause after a failure; doubles. Half of each is drawn at random. */
export const ORIGIN_RETRY_MIN = 2 * SECOND;
export const ORIGIN_RETRY_MAX = 300 * SECOND;

/** Longest Retry-After that is kept to; one that asks for more is asked again after so long. */
export const MAX_RETRY_AFTER = 3_600 * SECOND;

/** Failures in a row after which an origin is given up for a torrent: about two minutes. */
export const MAX_ORIGIN_FAILURES = 6;

/** Largest file that is taken out of a 200 answer: a server that knows no ranges sends all of it each time. */
export const MAX_UNRANGED_BYTES = 1 * MIB;
