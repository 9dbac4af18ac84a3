const KIB = 1024;
const MIB = 1024 * KIB;
const SECOND_MS = 1_000;

/** Hashing threads of a process. Two keep up with 10 Gb/s (SHA-256 of 16 KiB blocks: about 0.9 GiB/s a core, measured). */
export const DEFAULT_HASH_THREADS = 2;

/** Jobs handed to one thread ahead of time, so that it need not wait for the event loop between two. */
export const JOBS_AHEAD = 2;

/** Jobs that may wait for a thread. Callers own the buffers they wait with, so this only bounds mistakes. */
export const MAX_QUEUED_JOBS = 8_192;

/** How long one job may take, in milliseconds. The largest reads or writes about 16 MiB: a disk this slow is gone. */
export const JOB_DEADLINE_MS = 120 * SECOND_MS;

/** Bytes that a thread reads at a time while it hashes files: a multiple of the 16 KiB block. */
export const READ_CHUNK_BYTES = MIB;

/** Bytes of files hashed by one job at most, unless a piece is longer: keeps threads evenly busy and jobs short. */
export const HASH_JOB_BYTES = 16 * MIB;

/** Files that one job lays out, hashes or writes at most. */
export const JOB_FILES = 512;

/**
 * Files open for reading, over all torrents of a process: enough for a file of every peer that a seeder serves at once, and
 * with its connections (200) half of the 1,024 descriptors that systems allow a process by default.
 */
export const MAX_OPEN_FILES = 256;

/** Bytes read ahead at a time and shared by the 16 KiB requests they answer (DESIGN §5). */
export const SPAN_BYTES = 512 * KIB;

/** Memory for spans read ahead, in bytes, over all torrents of a process. */
export const DEFAULT_SPAN_CACHE_BYTES = 16 * MIB;

/** Mode of regular files and of executables and directories, whatever the umask (DESIGN §3.2). */
export const FILE_MODE = 0o644;
export const EXECUTABLE_MODE = 0o755;

/** Operations on small files (lstat, fsync, …) under way at once: Node has four threads for them, one stays free for reads. */
export const FILE_CONCURRENCY = 3;

/** Bytes of a chunk of a tree that is streamed for an upload. */
export const STREAM_CHUNK_BYTES = 256 * KIB;

/** Buffers of a stream ingest: one that fills while each hashing thread has one and another waits. */
export const INGEST_SPARE_BUFFERS = 2;

/** Memory for the buffers of a stream ingest in bytes, where a buffer holds a piece: pieces have up to 16 MiB. */
export const INGEST_MEMORY_BYTES = 32 * MIB;

/** Buffers of a stream ingest at least: one fills while another is hashed and written. */
export const INGEST_MIN_BUFFERS = 2;

/** Smallest buffer of a stream ingest in bytes: small files share one, and so one job. */
export const INGEST_BUFFER_BYTES = 2 * MIB;

/** Bytes of an ingest between two checkpoints: what a crash can cost at most. */
export const CHECKPOINT_BYTES = 256 * MIB;
