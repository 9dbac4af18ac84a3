const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/** How long one announce over HTTP may take in all, in milliseconds. */
export const ANNOUNCE_DEADLINE_MS = 15 * SECOND_MS;

/**
 * The same over UDP, where a lost datagram costs a retry: as long as a connection id may be used (BEP 15), so that none is
 * ever used for longer.
 */
export const UDP_ANNOUNCE_DEADLINE_MS = MINUTE_MS;

/** Pause before a datagram is sent again, in milliseconds; doubled with each further time (BEP 15). */
export const UDP_RETRY_MS = 15 * SECOND_MS;

/** How long the last announce ("stopped") may hold up whoever stops, in milliseconds. */
export const STOP_DEADLINE_MS = 3 * SECOND_MS;

/** Largest answer that is read, in bytes (libtorrent `tracker_maximum_response_length`). */
export const MAX_RESPONSE_BYTES = 1024 * 1024;

/** Bounds on the interval that a tracker asks for, in milliseconds: neither a flood nor a swarm that forgets us. */
export const MIN_INTERVAL_MS = 30 * SECOND_MS;
export const MAX_INTERVAL_MS = 60 * MINUTE_MS;

/** Pause after the first failure, in milliseconds; doubled with each further one up to the largest. */
export const FIRST_RETRY_MS = 5 * SECOND_MS;
export const MAX_RETRY_MS = 30 * MINUTE_MS;

/** Part of a pause, in per cent, that chance may take off: peers that started together drift apart. */
export const JITTER_PERCENT = 20;
