/** Bytes of one hash of a Merkle tree: SHA-256 (BEP 52). */
export const HASH_LENGTH = 32;
