/** Bounds on what a decoder accepts, so that hostile input can cost neither memory nor stack. */
export interface BencodeLimits {
  /** Largest input in bytes. */
  readonly maxBytes: number;
  /** Deepest nesting of lists and dictionaries; the outermost one has depth 1. */
  readonly maxDepth: number;
  /** Most values (keys, strings, integers, lists, dictionaries) in one input. */
  readonly maxTokens: number;
}

/**
 * Limits for small messages (extension handshakes, tracker answers): 1 MiB as libtorrent's `tracker_maximum_response_length`,
 * depth 32 as Transmission's `MaxBencDepth`, and a token for every 10 bytes or so.
 */
export const DEFAULT_BENCODE_LIMITS: BencodeLimits = {
  maxBytes: 1024 * 1024,
  maxDepth: 32,
  maxTokens: 100_000,
};

/** Smallest integer: BEP 3 sets no bound; every engine of note holds 64 bits. */
export const MIN_INT64 = -(2n ** 63n);

/** Largest integer. */
export const MAX_INT64 = 2n ** 63n - 1n;

/** Deepest value the encoder writes: it recurses, and nothing we make is deeper than the deepest path allowed. */
export const MAX_ENCODE_DEPTH = 256;
