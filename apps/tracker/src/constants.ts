const SECOND = 1_000;

/** Peers handed out at once, whatever a client asks for (tracker.proto; opentracker's limit is 200 too). */
export const MAX_NUMWANT = 200;
/** Peers handed out to clients that name no number (BEP 3). */
export const DEFAULT_NUMWANT = 50;

/** Swarms one stream may be in: a seeder holds thousands. */
export const MAX_JOINS_PER_STREAM = 20_000;
/** Messages read from one stream per second; gRPC's flow control holds back the rest. Clients send ten. */
export const MAX_MESSAGES_PER_SECOND = 50;
/** Joins and updates of a stream before others get their turn: each may verify a signature, about 0.1 ms. */
export const STEPS_PER_TURN = 64;
/** Time a stream may take until its hello, in milliseconds. */
export const HELLO_DEADLINE_MS = 10 * SECOND;
/** Peers that wait for a slow stream to take them; further ones are dropped and counted. */
export const MAX_WAITING_PEERS = 5_000;
/** Refusals that wait for a slow stream; about 300 bytes each, so that all of them fit in a message of 4 MiB. */
export const MAX_WAITING_REFUSALS = 10_000;
/** Further messages of a stream are held back this long, in milliseconds, to gather more. */
export const FLUSH_INTERVAL_MS = 50;

/** Time between updates of an active torrent on a stream, in milliseconds. */
export const STREAM_INTERVAL_MS = 10 * SECOND;
/** A host whose stream broke keeps its place this long, in milliseconds: its connections most likely still stand. */
export const RECONNECT_GRACE_MS = 10 * SECOND;
/** HTTP peers are forgotten after this many intervals without an announce, so that one lost announce does no harm. */
export const EXPIRY_INTERVALS = 2.5;

/** Resolution of expiry, in milliseconds. */
export const EXPIRY_SLOT_MS = SECOND;
/** Slots of the expiry wheel; later expiries go round again. */
export const EXPIRY_SLOTS = 128;

/** Verified grants remembered, so that a signature is not checked at each announce of a stock client. About 1 KB each. */
export const MAX_CACHED_GRANTS = 20_000;

/** Peers looked at for each one wanted, where chance alone would find too few: bounds the work in large swarms. */
export const LOOKS_PER_PEER = 4;
/**
 * Where the peers come from that are handed out, over and over in this order: the own rack spares the switches above it,
 * the own zone the links between zones, and random links to all the others keep the swarm in one piece, with short ways.
 */
export const LINK_PATTERN = ['rack', 'far', 'zone', 'zone'] as const;
/** Largest share of the handed-out peers that may be complete, while there are others: those are peers to trade with. */
export const SEEDER_SHARE = 0.25;
/** Share of what its zone may still have of complete peers that one peer gets at once: who comes next finds some too. */
export const SEEDER_HOLD_SHARE = 0.25;
/** Hosts that are told of a complete peer at a time; below what a session connects to (60), since not all ask here. */
export const SEEDER_SLOTS = 50;
/** Hosts that are told at once of a peer that joined, beside those it was told of. */
export const PUSH_FANOUT = 8;
/** Complete hosts that are told at once of a stock client that joined: not all of them dial whom they are told of. */
export const COMPLETE_PUSH_FANOUT = 2;

/** Hosts that must report a peer before it is handed out no more in that swarm: one alone may be mistaken, or lie. */
export const CORRUPT_REPORTERS = 2;
/** Peers of a swarm that reports are kept of. */
export const MAX_REPORTED_PEERS = 1_000;
/** Reports taken from one update. */
export const MAX_REPORTS_PER_UPDATE = 64;

/**
 * Paths of announces. libtorrent announces to trackers on loopback only where the path begins with `/announce` (its setting
 * `ssrf_mitigation`); BEP 48 wants it to end so. The second is that of .torrent files exported by earlier releases.
 */
export const ANNOUNCE_PATHS = ['/announce/:grant/announce', '/:grant/announce'] as const;
/** Paths of scrapes: clients replace the last `announce` (BEP 48), and libtorrent the first. */
export const SCRAPE_PATHS = ['/announce/:grant/scrape', '/scrape/:grant/announce', '/:grant/scrape'] as const;
