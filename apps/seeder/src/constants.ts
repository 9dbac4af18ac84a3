/** Milliseconds. */
export const SECOND = 1_000;

/** Largest data message of an upload, in bytes (seeder.v1 UploadRequest). */
export const MAX_DATA_BYTES = 1024 * 1024;

/** Largest manifest taken, in bytes of its messages: 100,000 entries with long paths take about 30 MB. */
export const MAX_MANIFEST_BYTES = 64 * 1024 * 1024;

/** A client that sends nothing for so long has gone; what it sent stays. */
export const IDLE_CLIENT_DEADLINE_MS = 60 * SECOND;

/** How long a transfer over the peer protocol may bring no new piece. */
export const TRANSFER_STALL_MS = 60 * SECOND;

/** How often the client of a transfer is told how far it is. */
export const TRANSFER_PROGRESS_MS = 500;

/** Random bytes in the source of a transfer's swarm: what keeps its info-hash from strangers. */
export const TRANSFER_SECRET_BYTES = 24;

/** How long an upload's answer waits for the catalog to publish it; after that it says STAGED. */
export const PUBLISH_DEADLINE_MS = 5 * SECOND;

/** Pauses between attempts to report a staged upload. */
export const COMPLETE_BACKOFF = { baseMs: 500, maxMs: 30 * SECOND };

/** Deadline of one report: a metainfo of 64 MiB takes 7 s at 10 MB/s, then the catalog checks it. */
export const COMPLETE_DEADLINE_MS = 60 * SECOND;

/** Bytes of metainfo in one message of a report (catalog.v1 CompleteUploadRequest). */
export const METAINFO_CHUNK_BYTES = 256 * 1024;

/** Deadline of asking for a side swarm to make: a manifest of 64 MiB takes 7 s at 10 MB/s. */
export const CLAIM_DEADLINE_MS = 60 * SECOND;

/** Between two looks for uploads that nobody continues. */
export const EXPIRY_CHECK_INTERVAL_MS = 60 * SECOND;

/** Pauses between attempts to learn what to serve. */
export const SYNC_BACKOFF = { baseMs: 500, maxMs: 30 * SECOND };

/** Swarms asked for in one page of ListSeedings. */
export const SEEDINGS_PAGE = 1_000;

export const DAY = 24 * 3_600 * SECOND;

/** Uploads open at once: each may hold a file and a buffer of a few MiB. */
export const MAX_OPEN_UPLOADS = 64;

/** What running calls get when the seeder stops. */
export const STOP_GRACE_MS = 3 * SECOND;

/** Files that are sent over HTTP at once: each holds a file and 64 KiB; stock clients open a few connections each. */
export const MAX_FILE_ANSWERS = 64;

/** When those that are turned away may ask again, in seconds. */
export const BUSY_RETRY_SECONDS = 10;

/** Padding reaches to the end of a piece: it is shorter than the longest there are (catalog.v1 SwarmProfile), in bytes. */
export const MAX_PADDING_BYTES = 16 * 1024 * 1024;

/** Zeros are sent in chunks of so many bytes. */
export const ZEROS_BYTES = 64 * 1024;
