/** Bytes of length, id, piece and begin in front of a block (BEP 3). */
export const BLOCK_HEADER = 13;

/** Bytes of a message without payload; the exact length matters little beside blocks. */
export const SMALL_MESSAGE = 17;

/** Time a sender's socket buffer holds: as much is handed to the uplink ahead, in milliseconds. */
export const SEND_AHEAD = 20;

/** Time that hashing and writing a piece takes, in milliseconds. */
export const VERIFY_DELAY = 2;
