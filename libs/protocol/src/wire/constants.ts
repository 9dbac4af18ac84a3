/** Length of a handshake in bytes: 1 + 19 + 8 + 20 + 20 (BEP 3). */
export const HANDSHAKE_LENGTH = 68;

/** Length of a peer id in bytes (BEP 3). */
export const PEER_ID_LENGTH = 20;

/** Size of a block, in bytes. Larger requests are refused by every engine of note (libtorrent: `length > block_size`). */
export const BLOCK_SIZE = 16 * 1024;

/** Length prefix, id, piece and begin in front of a block, in bytes (BEP 3). */
export const PIECE_HEADER_LENGTH = 13;

/**
 * Longest body of `extended`, `hashes` and unknown messages, in bytes. The largest that are in use fit well: a
 * ut_metadata piece is 16 KiB and a dictionary (BEP 9), 512 hashes with their proof 17 KiB (BEP 52).
 */
export const MAX_OTHER_BODY = 64 * 1024;

/** Most hashes to ask for, or to tell, at once: the leaves of a piece of 16 MiB. With their proof they fit {@link MAX_OTHER_BODY}. */
export const MAX_HASHES = 1_024;

/** Limits of an extension handshake (BEP 10), which is a small dictionary: a few entries of `m` and a few strings. */
export const EXTENSION_HANDSHAKE_LIMITS = { maxBytes: 16 * 1024, maxDepth: 8, maxTokens: 1_000 } as const;

/** Size of a piece of metadata, in bytes; the last may be shorter (BEP 9). */
export const METADATA_PIECE_SIZE = 16 * 1024;

/** Limits of a ut_metadata message: three integers in front of the data (BEP 9), and room for what others may add. */
export const METADATA_MESSAGE_LIMITS = { maxBytes: MAX_OTHER_BODY, maxDepth: 4, maxTokens: 64 } as const;

/**
 * Most peers read of the added or the dropped ones of a ut_pex message. BEP 11 allows 50 of each, and more in the first
 * message of a connection, as many as one may reasonably be connected to; libtorrent sends up to 100.
 */
export const MAX_PEX_PEERS = 200;

/** Pieces in a shoal_wanted message: as many as are fetched by deadline at a time. */
export const MAX_WANTED_PIECES = 64;

/** Limits of a ut_pex message: six strings (BEP 11), and room for what others may add. */
export const PEX_MESSAGE_LIMITS = { maxBytes: MAX_OTHER_BODY, maxDepth: 4, maxTokens: 64 } as const;

/** Message ids (BEP 3: 0–8, BEP 5: 9, BEP 6: 13–17, BEP 10: 20, BEP 52: 21–23). */
export const MESSAGE_ID = {
  choke: 0,
  unchoke: 1,
  interested: 2,
  notInterested: 3,
  have: 4,
  bitfield: 5,
  request: 6,
  piece: 7,
  cancel: 8,
  port: 9,
  suggest: 13,
  haveAll: 14,
  haveNone: 15,
  reject: 16,
  allowedFast: 17,
  extended: 20,
  hashRequest: 21,
  hashes: 22,
  hashReject: 23,
} as const;

/** Length of the fields of a hash request, in bytes: root, base layer, index, length, proof layers (BEP 52). */
export const HASH_REQUEST_BODY = 32 + 4 * 4;
