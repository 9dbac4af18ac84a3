/** One second in the milliseconds of a {@link Clock}. */
const SECOND = 1_000;

/** How often the shell should call `tick`, in milliseconds: request windows double at most this often. */
export const TICK_INTERVAL = 250;

/** How often slots are dealt anew. Transfers last seconds, so the 10–30 s of other engines would be too late (DESIGN §5). */
export const RECHOKE_INTERVAL = 1 * SECOND;

/** Peers that are sent to at once. Few, so that whole pieces leave early: 1–4 are best in a fluid model (baselines). */
export const UPLOAD_SLOTS = 5;

/** How long the optimistic slot stays with one peer: long enough for several pieces. */
export const OPTIMISTIC_INTERVAL = 3 * SECOND;

/** How long a seeder keeps a slot with one peer before another may have it: several pieces at 10 MiB/s. */
export const SEEDER_SLOT_HOLD = 2 * SECOND;

/** Blocks requested ahead of a peer whose rate is not known yet: 1 MiB, a millisecond at 10 Gb/s (DESIGN §5: 64–128). */
export const INITIAL_WINDOW = 64;

/** Fewest blocks requested ahead of one peer, however large they are: one arrives while the next is asked for. */
export const MIN_WINDOW = 2;

/** Most blocks requested ahead of one peer. 8 MiB: a gigabyte a second over 8 ms. */
export const MAX_WINDOW = 512;

/** Requests ahead of a peer that has not told its limit (`reqq`); below libtorrent's and Transmission's 500. */
export const DEFAULT_REQUEST_LIMIT = 250;

/** Requests we keep queued for a peer, as we advertise it (`reqq`, BEP 10). */
export const MAX_QUEUED_REQUESTS = 500;

/** Requests in excess or while choked that a peer may send before it is dropped (libtorrent: 300). */
export const MAX_BAD_REQUESTS = 300;

/** Blocks that were not asked for (any more) that a peer may send between two useful ones. */
export const MAX_UNWANTED_BLOCKS = 2 * MAX_WINDOW;

/**
 * How long a request may take before its block is asked of another peer: mean and four deviations of the peer's round
 * trips, within these bounds (libtorrent: 2 to 60 s), and so long before there is a round trip to go by. A peer that
 * owes blocks and sent none for so long is snubbed.
 */
export const MIN_REQUEST_TIMEOUT = 2 * SECOND;
export const MAX_REQUEST_TIMEOUT = 60 * SECOND;
export const FIRST_REQUEST_TIMEOUT = 5 * SECOND;

/** How long a peer is not asked again for a piece of which it rejected a request. */
export const REFUSAL_HOLD = 10 * SECOND;

/** Pieces that a peer may refuse before it is asked for nothing at all for that time. */
export const MAX_REFUSED_PIECES = 64;

/** Suggestions of one peer that are kept, the latest. */
export const MAX_SUGGESTED_PIECES = 16;

/** Pieces a peer may let us ask for while it chokes us, that we remember; BEP 6 suggests 10. */
export const MAX_ALLOWED_PIECES = 64;

/** How many times over a choked peer may have each piece it was granted (libtorrent: 3). */
export const ALLOWED_FAST_COPIES = 3;

/** Pieces picked at random before rarest first, so that there is something to trade soon (libtorrent: 4). */
export const RANDOM_FIRST_PIECES = 4;

/** Priority of a piece that nobody has said anything about (as in libtorrent). Pieces of priority 0 are not wanted. */
export const DEFAULT_PRIORITY = 4;

/** The highest priority: pieces of it come first (as in libtorrent). */
export const MAX_PRIORITY = 7;

/**
 * Unfinished pieces per connected peer, and bytes of them, beyond which they are finished before another is begun, so that
 * whole pieces can be passed on soon (libtorrent: 1.5, and 2,048 blocks of 16 KiB).
 */
export const PARTIAL_PIECES_PER_PEER = 1.5;
export const MAX_PARTIAL_BYTES = 2_048 * 16_384;

/** Age of a request before a second peer is asked for the block in end game, in milliseconds. */
export const END_GAME_AGE = 100;

/**
 * How long the senders of a failed piece are asked for nothing while another peer can settle who was at fault: enough
 * for a hash request or a piece, and no more harm than that when it is slow.
 */
export const PAROLE_HOLD = 5 * SECOND;

/** Blocks of failed pieces whose digests are kept until a good copy comes: 600 KiB; a full set of buffers is 1,536 blocks. */
export const MAX_EVIDENCE_BLOCKS = 16_384;

/** Banned peers that are remembered because blocks of theirs may still wait for their hash. */
export const MAX_REMEMBERED_BANS = 1_000;

/** How long a peer may take to answer a hash request before another is asked (libtorrent asks again after 3 s). */
export const LEAF_REQUEST_TIMEOUT = 3 * SECOND;

/** Peers that are asked for the leaves of one failed piece, one after the other. */
export const MAX_LEAF_REQUESTS = 3;

/** Weight of the latest second in a measured rate. */
export const RATE_TIME_CONSTANT = 1 * SECOND;

/**
 * What a rate limit lets pass at once after a pause, in milliseconds of its rate. A limit is to be exact within
 * 5 % over a second: this is 4 % of one, the rest is for the last block. A timer that is late by less costs no rate.
 */
export const LIMIT_BURST = 40;
