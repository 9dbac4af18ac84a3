import { METAINFO_LIMITS } from '@shoal/protocol';

const SECOND = 1_000;

/** Longest `info` dictionary that is fetched, in bytes: what the parser takes. Longer ones are not begun. */
export const MAX_METADATA_SIZE = METAINFO_LIMITS.maxBytes;

/**
 * Bytes held of dictionaries that are not proven yet, over all lengths that peers say it has: the true one, and as much
 * that is false.
 */
export const MAX_METADATA_HELD = 2 * MAX_METADATA_SIZE;

/** Pieces of metadata asked of one peer at a time: 64 KiB on their way. Transmission keeps 64 requests. */
export const METADATA_WINDOW = 4;

/** Peers that one piece of metadata is asked of at the same time: of a second one only when there is no other to ask for. */
export const MAX_PIECE_REQUESTS = 2;

/** How long an answer may take, and how long a peer that owes one is asked for nothing else. */
export const METADATA_TIMEOUT = 10 * SECOND;

/** How long a peer that rejects is asked for nothing: it may not have it yet, or have a budget. */
export const REJECT_HOLD = 1 * SECOND;

/** Requests in a row without an answer of use after which a peer is disconnected. */
export const MAX_FAILED_REQUESTS = 16;

/** Answers that were not asked for after which a peer is disconnected. */
export const MAX_UNWANTED_ANSWERS = 64;

/** How long a peer may be connected without saying that it has metadata. */
export const USELESS_AFTER = 20 * SECOND;

/**
 * How long nothing may come of the piece layers of a hybrid before it is fetched by its v1 half: time to wait for one peer that
 * does not answer, and to ask another.
 */
export const LAYERS_PATIENCE = 1.5 * METADATA_TIMEOUT;

/** Hashes of a piece layer asked for at once (libtorrent asks for 512), and such requests on their way to one peer. */
export const HASHES_PER_REQUEST = 512;
export const HASH_REQUEST_WINDOW = 8;
