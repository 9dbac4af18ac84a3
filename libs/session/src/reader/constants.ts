const SECOND = 1_000;
const KIB = 1_024;
const MIB = 1_024 * KIB;

/** Readers of one torrent at a time: each holds 256 KiB at most, and players open a few connections each. */
export const MAX_READERS = 32;

/** How long one read waits for its bytes, in milliseconds, unless the caller says otherwise. */
export const DEFAULT_READ_TIMEOUT = 60 * SECOND;

/** What lies ahead of a reader and is fetched for it: what comes in so much time, in milliseconds, at the torrent's rate. */
export const READ_AHEAD_TIME = 5 * SECOND;

/** The same in bytes at most, and in pieces at least: the one that is read and the next. */
export const MAX_READ_AHEAD = 32 * MIB;
export const MIN_READ_AHEAD_PIECES = 2;

/** Pieces ahead at most: half of those that a torrent fetches by deadline at a time, so that a second reader has some. */
export const MAX_READ_AHEAD_PIECES = 32;

/**
 * Time that the piece at the position of a reader is given, in milliseconds, beside what its bytes take: two round trips
 * over a long way. It is asked of a second peer when that has passed.
 */
export const FIRST_DEADLINE = 300;

/** Rate that deadlines are reckoned with while the torrent is slower, as at its start; bytes per second. */
export const MIN_READ_RATE = 64 * KIB;
