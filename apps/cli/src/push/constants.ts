const SECOND_MS = 1000;

/** Longest time without a byte leaving, or without an answer after the last, before a stream is given up. */
export const STALL_MS = 120 * SECOND_MS;

/** Streams in a row that make no durable progress before the push fails. */
export const MAX_FRUITLESS_ATTEMPTS = 5;

/** Pause before the next stream, in milliseconds; doubles up to the second figure. */
export const RETRY_BASE_MS = 500;
export const RETRY_MAX_MS = 10 * SECOND_MS;

/** How often the catalog is asked whether a staged upload is published, and for how long. */
export const PUBLISH_POLL_MS = 200;
export const PUBLISH_DEADLINE_MS = 120 * SECOND_MS;

/** Deadline of the call that opens an upload: the catalog checks 100,000 entries and opens it at the seeder. */
export const CREATE_UPLOAD_DEADLINE_MS = 60 * SECOND_MS;

/** Bytes of metainfo in one message of a push by swarm (seeder.v1 TransferRequest). */
export const METAINFO_CHUNK_BYTES = 256 * 1024;

/** How long a push by swarm may be without a connection before another way is taken. */
export const PEER_DEADLINE_MS = 10 * SECOND_MS;

/**
 * Trees of at least so many bytes, and so many a file on average, are pushed by swarm. For smaller ones a session costs more than
 * it saves; of 30,000 files of 8 KB a stream costs the seeder two thirds of the CPU and 20 MiB less (docs/PERFORMANCE.md).
 */
export const SWARM_PUSH_BYTES = 16 * 1024 * 1024;
export const SWARM_PUSH_FILE_BYTES = 64 * 1024;
