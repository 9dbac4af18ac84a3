const SECOND = 1_000;

/**
 * Time between two looks at which ledgers have changed; each that has is written, with two fsyncs. What a crash may cost
 * the books of a torrent that is complete; those of a fetch go with its resume file.
 */
export const LEDGER_INTERVAL = 10 * SECOND;

/** Seed time after which it is written by itself, where a limit counts it: what a crash may add to it. */
export const SEED_TIME_STEP = 60 * SECOND;

/** Time between two looks at whether a seed limit is reached: what it may be overrun by. */
export const SEED_LIMIT_INTERVAL = 1 * SECOND;

/** Time without a byte sent after which connected peers that lack pieces do not keep us any more. */
export const LINGER_QUIET = 300 * SECOND;
