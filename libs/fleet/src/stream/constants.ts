/** Answers of one server at a time: each holds one chunk, and players open a few connections each. */
export const MAX_STREAM_ANSWERS = 32;

/** When those that are turned away may ask again, in seconds. */
export const BUSY_RETRY_SECONDS = 2;

/** How long answers may go on after their server was told to stop, in milliseconds. */
export const STREAM_STOP_GRACE = 200;

/** Bytes that are read of a file in its place at once: what readers of torrents give out. */
export const TREE_CHUNK = 256 * 1_024;
