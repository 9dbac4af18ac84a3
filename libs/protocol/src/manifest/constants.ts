/** Longest path component in bytes of UTF-8 (NAME_MAX of Linux file systems). */
export const MAX_COMPONENT_BYTES = 255;

/** Longest path in bytes of UTF-8, separators included (PATH_MAX of Linux). */
export const MAX_PATH_BYTES = 4096;

/** Most components a path may have (libtorrent refuses deeper trees than 100). */
export const MAX_PATH_DEPTH = 100;

/** Most files and symlinks in a tree (DESIGN §3.2: above it, pack small files into archives). */
export const MAX_ENTRIES = 100_000;

/** Most directories in a tree: bounds the memory that hostile, deep paths can take. */
export const MAX_DIRECTORIES = 100_000;

/** Largest file and largest tree in bytes: what a JavaScript number holds exactly. */
export const MAX_TOTAL_SIZE = Number.MAX_SAFE_INTEGER;

/** Most symlinks followed while one path is resolved (Linux: path_resolution(7), MAXSYMLINKS). */
export const MAX_SYMLINK_HOPS = 40;

/** Bytes of a Merkle root (SHA-256, BEP 52). */
export const ROOT_LENGTH = 32;
