/** Longest magnet link that is read, in characters: room for the trackers and peers below, percent-encoded. */
export const MAX_MAGNET_CHARS = 64 * 1024;

/** Peers (`x.pe`, BEP 9) kept of a link; the ones beyond are ignored. */
export const MAX_MAGNET_PEERS = 100;

/** Ranges of files (`so`, BEP 53) kept of a link; the ones beyond are ignored. */
export const MAX_MAGNET_RANGES = 1_000;

/** Longest `dn` kept, in characters: it is shown, and is no file name. */
export const MAX_DISPLAY_NAME = 255;
