/** Longest token that is looked at, in characters. A grant with three info-hashes takes about 270. */
export const MAX_TOKEN_LENGTH = 2_048;
/** Bytes of an Ed25519 signature (RFC 8032 §5.1.6). */
export const SIGNATURE_LENGTH = 64;
/** Mode of the file that holds the private key: its owner alone. */
export const PRIVATE_KEY_MODE = 0o600;
