/** One second in the milliseconds of a {@link Clock}. */
const SECOND = 1_000;

/** How often the shell should call `tick`, in milliseconds: request windows double at most this often. */
export const TICK_INTERVAL = 250;

/** How often slots are dealt anew. Transfers last seconds, so the 10–30 s of other engines would be too late (DESIGN §5). */
export const RECHOKE_INTERVAL = 1 * SECOND;

/**
 * Peers that are sent to at once. What a peer is shown it soon has from others as well, and its slot lies idle until the
 * next deal: in fan-outs of 16 hosts 5 slots left uplinks unused for a sixth of the time, 16 for a twentieth.
 */
export const UPLOAD_SLOTS = 16;

/**
 * Upload slots of a peer that has no piece yet; it has one more for each piece. What only it has goes to few at a time, who
 * can soon pass it on: the last host of simulated fan-outs was done 1 to 3 % earlier (docs/PERFORMANCE.md).
 */
export const FIRST_UPLOAD_SLOTS = 2;

/** How long the optimistic slot stays with one peer: long enough for several pieces. */
export const OPTIMISTIC_INTERVAL = 3 * SECOND;

/** How long a seeder keeps a slot with one peer before another may have it: several pieces at 10 MiB/s. */
export const SEEDER_SLOT_HOLD = 2 * SECOND;

/** Blocks requested ahead of a peer whose rate is not known yet: 256 KiB, a gigabyte a second over 0.25 ms. */
export const INITIAL_WINDOW = 16;

/** Pauses of a peer between two blocks that may be beats (`SendBeat`), in milliseconds: shorter ones are the network's. */
export const MIN_BEAT = 100;

/** Beats in a row that are no chance: an event loop that was busy for long also finds all blocks there at once. */
export const BEATS_TO_BELIEVE = 3;

/** Fewest blocks requested ahead of one peer, however large they are: one arrives while the next is asked for. */
export const MIN_WINDOW = 2;

/** Fewest blocks requested ahead of a peer whose rate is known. */
export const MIN_REQUESTS = 4;

/**
 * What may be queued at a peer on top of a round trip's worth, in milliseconds of its rate: what an event loop may be
 * busy for. What is queued at one peer cannot be had from another that is idle: with 1 MiB at each, eight hosts took
 * 1.30 times as long as the bound, with this 1.15 (measured in network namespaces).
 */
export const REQUEST_QUEUE_TIME = 25;

/** Most blocks requested ahead of one peer. 8 MiB: a gigabyte a second over 8 ms. */
export const MAX_WINDOW = 512;

/**
 * Windows of so many blocks and more, 1 MiB, are filled up again when half of them has come. Requests that leave in batches
 * are answered in batches: 3 to 6 % less CPU one to one (docs/PERFORMANCE.md). In smaller windows a batch is little, and
 * what is asked for late is sent late: with eight hosts the last was done 1 to 2 % later when all windows waited (simulated).
 */
export const BATCHED_WINDOW = 64;

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
 * owes blocks and sent none for so long is snubbed. With 2 s, 2 % came twice where sixteen hosts share 1 MiB/s each.
 */
export const MIN_REQUEST_TIMEOUT = 3 * SECOND;
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

/**
 * First copies under way at a time, at least, while each piece is sent to one peer alone (BEP 16). A peer that takes
 * from others as well takes its time: with 8 a seeder's uplink stays busy (simulated, 8–32 hosts; 4 leave it idle).
 */
export const FIRST_COPIES_AHEAD = 8;

/** First copies under way at first: the sooner a piece is whole, the sooner its peer has something to send. */
export const FIRST_COPIES_START = 2;

/** First copies under way at a time, at most: 1 GiB of 1 MiB pieces a second, at 250 ms from showing to having. */
export const MAX_FIRST_COPIES_AHEAD = 256;

/** First copies under way to one peer up to which it is shown what it needs soon before its turn. */
export const FIRST_COPIES_WANTED = 8;

/** Pieces that a peer needs soon, and that others were shown, which it is shown too at a time: each is sent twice. */
export const FIRST_COPIES_REPEATED = 2;

/** How much of the measured rate of first copies may be under way, in milliseconds. */
export const FIRST_COPIES_QUEUE = 500;

/** How long after its last block was sent a first copy counts as made, when the peer does not say so. */
export const FIRST_COPIES_PATIENCE = 1 * SECOND;

/** How long a peer may take to be interested in what it was shown; a round trip and some. Else it does not want everything. */
export const FIRST_COPIES_DECLINE = 1 * SECOND;

/** How long a peer may ask for none of the pieces it was shown before others are shown them, and it everything. */
export const FIRST_COPIES_STALL = 5 * SECOND;

/**
 * How long a peer may be the only one that wants something before it is shown everything: there is nobody to share first
 * copies with, and it may have an order of its own (deadlines). Those who come together, as in a rollout, are never alone so long.
 */
export const FIRST_COPIES_ALONE = 1 * SECOND;

/** Pieces shown to a peer at a time once all first copies are out: 270 MB/s of the smallest pieces. */
export const SHOWN_PER_TICK = 1_024;

/** Pieces picked at random before rarest first, so that there is something to trade soon (libtorrent: 4). */
export const RANDOM_FIRST_PIECES = 4;

/**
 * Candidates of equal rank that are looked at in vain before a peer's own list of pieces is made, which takes about as long
 * for 10,000 pieces: of 100,000 candidates a peer may have one.
 */
export const MAX_LOOKS = 256;

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

/** Pieces with a deadline that are fetched at a time, the earliest; the others wait among all other pieces. */
export const MAX_URGENT_PIECES = 64;

/**
 * Age of a request before a second peer is asked for the block in end game, or for one that is late, in milliseconds: longer
 * than a block takes where links are full (at 100 ms 3 % of a small torrent came twice in simulated fan-outs, at this 1 %,
 * no later).
 */
export const END_GAME_AGE = 300;

/**
 * In end game it must also be so many times as old as the second peer takes for a block: links may be slow, and blocks
 * large. With 200 simulated hosts and blocks of 4 MiB 8 % came twice without this and 1 % with it, and the last host was
 * done 3 % earlier. A peer that keeps silent runs into its timeout first.
 */
export const END_GAME_ROUND_TRIPS = 10;

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
