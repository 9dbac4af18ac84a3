/** Milliseconds. */
export const SECOND = 1_000;

/** Between two looks at the host's key, nudges aside (DESIGN §3.4). */
export const POLL_INTERVAL_MS = 30 * SECOND;

/** Pauses between attempts at a directive that failed: a full disk or a dead swarm is looked at again within a minute. */
export const RECONCILE_BACKOFF = { baseMs: 1 * SECOND, maxMs: 60 * SECOND };

/** Pauses between attempts to deliver a report. */
export const REPORT_BACKOFF = { baseMs: 250, maxMs: 30 * SECOND };

/** Progress of a fetch goes to the bus and to local clients four times a second: smooth to watch, cheap to carry. */
export const PROGRESS_INTERVAL_MS = 250;

/** Trees fetched at once; more would only share the same link and disk. */
export const FETCHES_AT_ONCE = 4;

/** Most artifact names a host keeps directives for; a catalog that sends more is wrong. */
export const MAX_DIRECTIVES = 1_000;

/** Longest artifact name and version, in characters (catalog.v1 UploadHeader). */
export const MAX_NAME_LENGTH = 128;

/** Code reported for a failure that has none of its own. */
export const INTERNAL_CODE = 'SHOAL_AGENT_INTERNAL';

/** A fetch without a new piece for so long is reported: longer than a seeder's restart. */
export const STALL_TIMEOUT_MS = 30 * SECOND;

/** A fetch that nobody came back to for so long is forgotten, with the pieces it had. */
export const ABANDONED_AFTER_MS = 7 * 24 * 3_600 * SECOND;

/** What running local calls get when the agent stops. */
export const STOP_GRACE_MS = 1 * SECOND;

/**
 * Published trees that a new one is compared with: versions before it share most, and to read the metainfo of one with
 * 100,000 files takes 0.65 CPU s of the event loop (measured).
 */
export const MAX_TREES_REUSED = 8;

/** Artifacts served over HTTP at once (Fetch with stream_listen): each holds a listener and its metainfo. */
export const MAX_STREAMS = 8;

/** Between two looks for a file that is read and is nowhere at the moment: until its swarm is joined, or it is put in its place. */
export const STREAM_RETRY_MS = 100;
