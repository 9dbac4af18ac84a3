import type { BencodeLimits } from '../bencode/constants.ts';
import { MAX_PATH_DEPTH } from '../manifest/constants.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** The `meta version` of BEP 52, the only one there is. */
export const META_VERSION = 2;

/** Smallest piece length of v2 and hybrid torrents in bytes: one block (BEP 52). */
export const MIN_V2_PIECE_LENGTH = 16 * KIB;

/** Largest piece length in bytes that is read: a piece is buffered while it is checked. 8 × the largest we make. */
export const MAX_PIECE_LENGTH = 128 * MIB;

/** Most pieces that are read (libtorrent `max_pieces`): a bitfield of 256 KiB. */
export const MAX_PIECES = 2 ** 21;

/** Most v1 file entries, padding included: one in front of each of 100,000 files, and one at the end. */
export const MAX_V1_ENTRIES = 200_001;

/** Tracker URLs kept of a metainfo; the ones beyond are ignored. */
export const MAX_TRACKERS = 100;

/** Longest tracker URL kept, in bytes; longer ones are ignored. */
export const MAX_TRACKER_URL_BYTES = 2 * KIB;

/** Web seeds kept of a metainfo (BEP 19); the ones beyond are ignored. */
export const MAX_WEB_SEEDS = 32;

/** Longest URL of a web seed kept, in bytes; longer ones are ignored. */
export const MAX_WEB_SEED_URL_BYTES = 2 * KIB;

/**
 * Bounds of a metainfo file. 64 MiB hold 100,000 long paths, or the layers of 2 million pieces. 1.5 million values: 12 for
 * each of 100,000 files and 2 for each of as many directories. Reading 100,000 files takes some 60 MB for a moment and
 * keeps 11; values that mean nothing take none (measured). Depth: 100 directories, and the dictionaries around and below.
 */
export const METAINFO_LIMITS: BencodeLimits = {
  maxBytes: 64 * MIB,
  maxDepth: MAX_PATH_DEPTH + 5,
  maxTokens: 1_500_000,
};

/** Smallest and largest piece length of the profiles we choose, in bytes (DESIGN §3.2). */
export const MIN_CHOSEN_PIECE_LENGTH = 64 * KIB;
export const MAX_CHOSEN_PIECE_LENGTH = 16 * MIB;

/** Pieces that a chosen piece length aims at, at most (DESIGN §3.2). */
export const TARGET_PIECES = 1024;

/** Largest share of padding, and most files, for which a hybrid is chosen over v2 (DESIGN §3.2). */
export const MAX_HYBRID_PADDING = 0.1;
export const MAX_HYBRID_FILES = 10_000;

/** Bytes of a SHA-1 digest in `pieces` (BEP 3). */
export const SHA1_LENGTH = 20;
