const SECOND = 1_000;

/** Least time between two messages on a stream, in milliseconds: what comes up meanwhile shares the next one. */
export const BATCH_INTERVAL_MS = 100;
/** Joins in one message: 1,000 grants of 300 bytes stay far below the 4 MiB a message may have. */
export const MAX_JOINS_PER_MESSAGE = 1_000;
/** Corrupt peers of a swarm that wait to be reported, the latest: as many as a tracker takes from one update. */
export const MAX_REPORTS = 64;
/** Longest wait for a tracker to connect and to answer the hello, in milliseconds; then the next shard gets its turn. */
export const WELCOME_DEADLINE_MS = 5 * SECOND;
/** Pauses between tries to reach a tracker: short at first, since a restarted tracker has forgotten its swarms. */
export const RECONNECT_BACKOFF = { baseMs: 200, maxMs: 10 * SECOND };
/** What a tracker refused is announced again after this time, in milliseconds, or at once with a fresh grant. */
export const REFUSED_RETRY_MS = 30 * SECOND;
/** Longest wait for the last messages to go out at the end, in milliseconds. */
export const CLOSE_DEADLINE_MS = 2 * SECOND;
