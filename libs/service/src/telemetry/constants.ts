/** Longest a flush of spans may hold up a shutdown, in milliseconds: well under Kubernetes' 30 s of grace. */
export const SHUTDOWN_DEADLINE_MS = 3_000;
/** Longest one export to the collector may take, in milliseconds. */
export const EXPORT_TIMEOUT_MS = 5_000;
/** Spans are sent at least this often, in milliseconds: a rollout takes seconds and is watched live. */
export const EXPORT_INTERVAL_MS = 1_000;
/** Spans waiting for export; more are dropped (the SDK's default). */
export const MAX_QUEUED_SPANS = 2_048;
