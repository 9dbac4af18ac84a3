import type { StreamSpec } from '@shoal/messaging';

const KIB = 1024;
const MIB = 1024 * KIB;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

/** Milliseconds between the hellos of a member. A rollout waits at most this long for a lost report. */
export const HELLO_INTERVAL_MS = 10 * SECOND;

/** Milliseconds after its last hello for which a member counts as alive: three intervals (proto: Host.alive). */
export const ALIVE_FOR_MS = 3 * HELLO_INTERVAL_MS;

/** Milliseconds of silence after which another seeder takes an upload over: longer than a reboot. */
export const SEEDER_TAKEOVER_MS = 10 * MINUTE;

/** Bytes of metainfo in one message (proto: at most 256 KiB). */
export const METAINFO_CHUNK_BYTES = 256 * KIB;

/** Bytes of a manifest's messages in all: 100,000 entries with paths of 600 bytes. */
export const MAX_MANIFEST_BYTES = 64 * MIB;

/** Bytes of a metainfo that a seeder reports; the bound of the parser (libs/protocol METAINFO_LIMITS). */
export const MAX_METAINFO_BYTES = 64 * MIB;

/** Milliseconds for the messages of a CreateUpload or CompleteUpload: 64 MiB at 1 MB/s. */
export const RECEIVE_DEADLINE_MS = 70 * SECOND;

/** Milliseconds for a seeder to open an upload: it writes a manifest of up to 64 MiB durably. */
export const OPEN_UPLOAD_DEADLINE_MS = 30 * SECOND;

/** Milliseconds for a seeder to take note that it has more to serve. It also learns so from its next hello. */
export const REFRESH_DEADLINE_MS = 5 * SECOND;

/** Milliseconds a relayed upload may stand still: a seeder flushing gigabytes to a slow disk needs less. */
export const RELAY_STALL_MS = 2 * MINUTE;

/** Milliseconds an upload ticket holds. Every CreateUpload and GetUpload gives a fresh one. */
export const TICKET_LIFETIME_MS = DAY;

/** Side swarms that an artifact's name and content may have: each can have megabytes of metainfo, and seeders announce it. */
export const MAX_SIDE_SWARMS = 8;

/** Padding of a hybrid that is made on demand, in bytes beyond the size of its content: seeders hash zeros for it. */
export const MAX_SIDE_PADDING_BYTES = 256 * MIB;

/** Web seeds named in an exported .torrent, at most: clients open connections to each. */
export const MAX_EXPORTED_WEB_SEEDS = 8;

/** Milliseconds between looks for side swarms whose time is over, and how many are removed in one transaction. */
export const SIDE_SWARM_EXPIRY_INTERVAL_MS = MINUTE;
export const SIDE_SWARM_EXPIRY_BATCH = 100;

/** Pages of seedings are small rows for one machine: by default as large as allowed (proto: ListSeedings). */
export const DEFAULT_SEEDINGS_PAGE = 1_000;

/** Outbox messages claimed at once: one transaction for each, and one query for all their directives. */
export const OUTBOX_BATCH = 256;

/** Milliseconds a claimed outbox message stays with its worker; longer than the bus's deadline of an operation. */
export const OUTBOX_CLAIM_MS = 30 * SECOND;

/** Milliseconds between looks at the outbox when nothing wakes the worker: another catalog may have died. */
export const OUTBOX_POLL_MS = SECOND;

/** Back-off of the outbox while database or bus fail, in milliseconds. */
export const OUTBOX_BACKOFF = { baseMs: 100, maxMs: 15 * SECOND };

/** Bus operations under way at once. */
export const BUS_CONCURRENCY = 64;

/** Milliseconds between the passes that rewrite stale keys of the directives bucket. */
export const PROJECTION_INTERVAL_MS = 5 * MINUTE;

/** Hosts whose keys are compared at once in such a pass. */
export const PROJECTION_PAGE = 500;

/** Reports written in one transaction, at most; those that come meanwhile wait for the next. */
export const REPORT_BATCH = 256;

/** Reports that wait to be written, at most; the bus delivers no more, and callers are refused. */
export const MAX_WAITING_REPORTS = 4_096;

/** Longest error message of a report that is kept, in characters. */
export const MAX_ERROR_MESSAGE = 1_000;

/**
 * Targets in one message of a watch, at most (proto: WatchRolloutResponse): with the longest error messages 1.8 MiB, and
 * gRPC takes 4 MiB.
 */
export const WATCH_CHUNK = 500;

/** Milliseconds between looks at a watched rollout when nothing wakes the watcher: other catalogs take reports too. */
export const WATCH_POLL_MS = SECOND;

/** Milliseconds between two messages to a watcher, at least: what happens in between travels together. */
export const WATCH_SPACING_MS = 50;

/** Tries to migrate while the database is not there yet: about 40 s, as services are started in any order. */
export const MIGRATION_RETRY = { attempts: 15, baseMs: 200, maxMs: 4 * SECOND };

/** Milliseconds running calls get when the catalog stops. */
export const STOP_GRACE_MS = 3 * SECOND;

/** Reports of hosts: kept for as long as a catalog may be away. */
export const REPORTS_STREAM: StreamSpec = {
  name: 'SHOAL_REPORTS',
  subjects: ['shoal.*.report.>'],
  maxAgeMs: 7 * DAY,
  maxBytes: 1024 * MIB,
  dedupeWindowMs: 2 * MINUTE,
};

/** Name of the catalogs' common position in {@link REPORTS_STREAM}. */
export const REPORTS_CONSUMER = 'catalog';

/** What happened to artifacts, for whoever wants to act on it. */
export const EVENTS_STREAM: StreamSpec = {
  name: 'SHOAL_EVENTS',
  subjects: ['shoal.*.artifact.>'],
  maxAgeMs: 7 * DAY,
  maxBytes: 256 * MIB,
  dedupeWindowMs: 2 * MINUTE,
};
