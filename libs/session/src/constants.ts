import { SPAN_BYTES } from './storage/constants.ts';

const SECOND = 1_000;
const KIB = 1024;
const MIB = 1024 * KIB;

/** Open connections of a session, half-open ones included (libtorrent: 200). */
export const DEFAULT_MAX_CONNECTIONS = 200;

/**
 * Memory for pieces being received or written (anacrolix `MaxUnverifiedBytes`: 64 MiB). Node, our libraries and two
 * hashing threads take about 110 MiB: this keeps a stand-alone agent below 200 MiB.
 */
export const DEFAULT_BUFFER_BUDGET = 24 * MIB;

/** Pieces that a torrent may always have open, even when others hold the whole budget, so that none starves. */
export const GUARANTEED_BUFFERS = 2;

/** Share of the budget in hashing and writing above which sockets are no longer read, and below which they are again. */
export const DISK_HIGH_WATER = 0.75;
export const DISK_LOW_WATER = 0.5;

/** Bytes read from one socket at a time: four 64 KiB segments that loopback and GRO deliver. */
export const READ_BUFFER_SIZE = 256 * KIB;

/**
 * Peers of one torrent: the greatest degree of the swarm's graph. Swarms of up to {@link DIAL_SHARE} of it are a full
 * mesh; of 10,000 hosts any two are three connections apart on average (docs/adr/0008-the-graph-of-a-swarm.md).
 */
export const DEFAULT_MAX_PEERS_PER_TORRENT = 60;

/**
 * Share of a torrent's peers up to which it dials. As many dial it, on average, and a fifth of the places stays free: were
 * all taken, whoever comes later would have to push others out (BEP 40).
 */
export const DIAL_SHARE = 0.4;

/** Connected peers of one torrent at one address, loopback apart: hosts that share an address are few, forged ones many. */
export const MAX_PEERS_PER_ADDRESS = 16;

/** Accepted connections of one address, loopback apart, that have not shaken hands: bounds what a slow one can hold. */
export const MAX_HALF_OPEN_PER_ADDRESS = 32;

/** Time between two peers of a full torrent giving way to better ones; libtorrent turns over 4 % in 5 minutes. */
export const TURNOVER_INTERVAL = 5 * SECOND;

/** How long a closed connection has to send what was written, and the peer to close its side. */
export const GRACEFUL_CLOSE = 2 * SECOND;

/** Peers kept in a resume file, to be dialled first after a restart. */
export const MAX_RESUMED_PEERS = 50;

/** How long a connection may take to be established (libtorrent: 15 s). */
export const CONNECT_TIMEOUT = 15 * SECOND;

/** How long the peer's handshake may take (libtorrent: 10 s). */
export const HANDSHAKE_TIMEOUT = 10 * SECOND;

/** Silence after which we say that we are still there; half of what peers tolerate (BEP 3: 2 minutes). */
export const KEEP_ALIVE_INTERVAL = 60 * SECOND;

/** Silence after which a peer is taken for dead (BEP 3 wants a message every 2 minutes; some slack). */
export const INACTIVITY_TIMEOUT = 150 * SECOND;

/** Connections being established at the same time. */
export const MAX_HALF_OPEN = 50;

/** Connections started per tick: 40 a second (libtorrent `connection_speed`: 30). */
export const DIALS_PER_TICK = 10;

/**
 * First pause before an address is dialled again; doubles with each failure. Half of each is drawn at random, so that hosts
 * that lost a peer together do not come back together.
 */
export const REDIAL_MIN = 1 * SECOND;
export const REDIAL_MAX = 60 * SECOND;

/** Pause before an address that hung up on one way to shake hands is dialled in the next: one tick. */
export const NEXT_WAY_DELAY = SECOND / 4;

/**
 * Dials that fail before an address is forgotten: by a complete torrent, which has nothing to gain, and the peer can ask
 * too; by any when no tracker named it, so that addresses that were made up give way to others.
 */
export const USELESS_DIALS = 3;

/** Addresses kept for a torrent (libtorrent: 3000; a tracker hands out 50 at a time). */
export const MAX_CANDIDATES = 1_000;

/**
 * Addresses kept for a torrent that came from other peers (BEP 11) or the local network (BEP 14), beside the others: whoever
 * makes them up takes no place of what trackers name. Enough for five full messages of peers.
 */
export const MAX_FOUND_CANDIDATES = 250;

/** Such addresses dialled or connected at the same time: half of what a torrent with 60 places dials. */
export const MAX_FOUND_DIALS = 12;

/** Banned peer ids, and addresses not to be dialled, kept for a torrent. */
export const MAX_BANNED = 1_000;

/** Bytes on their way to one peer (being read, or not yet taken by the kernel) below which more are read (DESIGN §5). */
export const SEND_LOW_WATER = 1 * MIB;

/** Most bytes that consecutive requests are joined to, within so many bytes of a piece: what a store reads at once. */
export const SPAN_SIZE = SPAN_BYTES;

/** Bytes on their way to all peers, and a span more: twelve in full flow, and few are sent to at once. */
export const MAX_SENDING_BYTES = 12 * MIB;

/** Bytes written but not taken by the kernel above which we stop reading what the peer says. */
export const WRITE_HIGH_WATER = 4 * MIB;

/** Verified bytes, and time, after which what is written is made durable and the resume file brought up to date. */
export const RESUME_BYTES = 64 * MIB;
export const RESUME_INTERVAL = 2 * SECOND;

/** How long a complete torrent without peers keeps its store and core. */
export const IDLE_AFTER = 5 * SECOND;

/** First pause before a failed store or metainfo is tried again; doubles. */
export const RETRY_MIN = 2 * SECOND;
export const RETRY_MAX = 60 * SECOND;

/** Client code and version in our peer ids (BEP 20). */
export const PEER_ID_PREFIX = '-SL0100-';

/** Pieces a stock client may have while it is choked (BEP 6 suggests 10), and bytes, whatever the piece length. */
export const ALLOWED_FAST_PIECES = 10;
export const ALLOWED_FAST_BYTES = 4 * MIB;

/** Peers that have left a torrent and can still be banned for what they sent. */
export const MAX_DEPARTED_PEERS = 200;

/** Hash requests (BEP 52) that wait for their leaves to be read, over all peers of a torrent. */
export const MAX_QUEUED_HASH_REQUESTS = 64;

/**
 * Hashes that one peer may make us compute at once, and per second: 128 MiB of leaves, then 16 MiB a second. A peer asks
 * for the leaves of pieces that failed, which are few; libtorrent takes up to 8,192 hashes in one request.
 */
export const HASH_BUDGET = 8_192;
export const HASH_BUDGET_PER_SECOND = 1_024;

/** How often one connection may be told each piece of the metadata (BEP 9): again after a failure, and once more. */
export const METADATA_COPIES = 3;

/** Bytes waiting to be sent to a peer above which its requests for metadata are rejected (Transmission keeps 64 of 16 KiB). */
export const MAX_METADATA_BACKLOG = 1 * MIB;

/** Rejected requests for metadata after which a peer is disconnected. */
export const MAX_METADATA_REJECTS = 1_000;

/** Time between two ut_pex messages to a peer (BEP 11: a minute at least). */
export const PEX_INTERVAL = 60 * SECOND;

/** Peers added, and dropped, in one ut_pex message after the first (BEP 11: 50). */
export const MAX_PEX_CHANGES = 50;

/** How often it is looked whether there is anything to tell by ut_pex. */
export const PEX_CHECK_INTERVAL = 1 * SECOND;

/** Least time between two ut_pex messages of a peer that are looked at: half of what BEP 11 demands, for clocks and networks. */
export const PEX_MIN_INTERVAL = 30 * SECOND;

/** Messages within that time, one after the other, after which the peer is disconnected (libtorrent: 6 in a minute). */
export const MAX_EARLY_PEX = 10;

/** Least time between two shoal_wanted messages to a peer, and of a peer that are looked at, in milliseconds. */
export const WANTED_INTERVAL = 250;
export const WANTED_MIN_INTERVAL = 100;

/** After this time the same pieces are asked for again: the peer shows a few at a time. */
export const WANTED_REPEAT = 1 * SECOND;

/** Time without a useful block after which a download counts as stalled. */
export const STALLED_AFTER = 10 * SECOND;

/** Lowest rate limit, in bytes per second: one block, so that requests are answered before they count as snubbed. */
export const MIN_RATE_LIMIT = 16 * KIB;

/** Least time between two looks at those who wait for a rate limit: what comes in meanwhile leaves together. */
export const LIMIT_WAKE_INTERVAL = 5;

/** Under a download limit, most that is read at once, in milliseconds of the limit's rate; a block at least. */
export const LIMITED_READ_TIME = 2;
