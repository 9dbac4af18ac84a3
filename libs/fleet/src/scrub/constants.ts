/** Milliseconds. */
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
export const DAY = 24 * 60 * MINUTE;

/**
 * Time between two readings of a tree. Disks lose bits over months; a week finds that while other copies are still good, and
 * costs a host with 1 TiB 15 hours of reading at {@link SCRUB_RATE}.
 */
export const SCRUB_INTERVAL_MS = 7 * DAY;

/** Bytes a second that are read to be verified: 2 % of a core for SHA-256 (0.9 CPU s/GiB, measured), little beside transfers. */
export const SCRUB_RATE = 20 * 1024 * 1024;

/** Time between two looks for files that were changed through the file system: they cost a lstat for each entry. */
export const CHANGE_CHECK_INTERVAL_MS = MINUTE;

/** What looking at an entry counts for in bytes: at {@link SCRUB_RATE} 2,560 entries a second, 4 % of a core (16 µs each, measured). */
export const ENTRY_COST_BYTES = 8 * 1024;

/** How far reading may run ahead of its rate, in milliseconds, so that small pieces and entries share a timer. */
export const PACE_SLACK_MS = 50;

/** How often the place a pass has come to is kept, in milliseconds: what a restart reads again at most. */
export const CURSOR_INTERVAL_MS = 30 * SECOND;

/** How long a pass that has found damage goes on before what it found is repaired, in milliseconds: damage comes in crowds. */
export const COLLECT_MS = 2 * SECOND;

/** Time between two readings of a tree because others say that it is damaged, in milliseconds: they may lie, or be mistaken. */
export const SUSPICION_INTERVAL_MS = 60 * MINUTE;

/** A repair that got no piece for so long is reported as damage that the swarm cannot supply; it goes on. */
export const REPAIR_STALL_MS = 30 * SECOND;

/** Pauses between attempts at a repair or a pass that failed by itself: a full disk, a disk that gives errors. */
export const SCRUB_BACKOFF = { baseMs: 10 * SECOND, maxMs: 10 * MINUTE };

/** Trees listed as damaged in a hello at most: the first of them say enough, and a hello stays small. */
export const MAX_DAMAGED_REPORTED = 100;

/** Time between two messages of progress to whoever asked for a reading, in milliseconds: smooth to watch. */
export const SCRUB_PROGRESS_MS = SECOND / 4;

/** Paths that an answer about a scrubbed tree names at most, of each kind (common.v1 ScrubOutcome). */
export const MAX_SCRUB_PATHS = 1_000;
