/** Bytes of content under one leaf of a Merkle tree (BEP 52), which is also the size of a block in requests (BEP 3). */
export const BLOCK_SIZE = 16 * 1024;

/** Bytes of one hash of a Merkle tree: SHA-256 (BEP 52). */
export const HASH_LENGTH = 32;
