/**
 * Bytes of a large value that one query reads. PostgreSQL answers with hex digits, which are buffered, made a string and
 * decoded: a value takes seven times its size for a moment.
 */
export const READ_PART_BYTES = 512 * 1024;

/** Bind parameters of one statement, at most: the wire protocol counts them in 16 bits. */
export const MAX_BIND_PARAMETERS = 65_535;

/** Items a page holds when the caller asks for none in particular, and at most (proto/: "1 to 1000; 0 means 100"). */
export const DEFAULT_PAGE_SIZE = 100;
export const MAX_PAGE_SIZE = 1_000;

/** Runs of a transaction that keeps losing against others, at most; contention beyond that is not luck. */
export const MAX_TRANSACTION_RUNS = 5;

/** Milliseconds a statement may run, unless told otherwise: a rollout to 10,000 hosts takes about one second. */
export const DEFAULT_STATEMENT_TIMEOUT_MS = 15_000;

/** Milliseconds a migration's statement may run: it may have to rewrite a table. */
export const MIGRATION_TIMEOUT_MS = 600_000;

/** Milliseconds a query waits for a free connection, or for a new one to be made. */
export const DEFAULT_CONNECT_TIMEOUT_MS = 5_000;

/** Connections of a PostgreSQL pool, unless told otherwise. */
export const DEFAULT_POOL_SIZE = 10;

/** Milliseconds between the server's own limit of a statement and the moment its client stops waiting for the answer. */
export const READ_TIMEOUT_MARGIN_MS = 2_000;
