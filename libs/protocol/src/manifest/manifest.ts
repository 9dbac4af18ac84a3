/** A regular file of a tree: mode 0644, or 0755 when `executable`. */
export interface ManifestFile {
  readonly kind: 'file';
  /** Components below the tree's root. */
  readonly path: readonly string[];
  /** Bytes, a safe integer ≥ 0. */
  readonly length: number;
  readonly executable: boolean;
  /** SHA-256 Merkle root of the content (BEP 52), 32 bytes. Absent for empty files, and before the file is hashed. */
  readonly piecesRoot?: Uint8Array;
}

/** A symlink of a tree. */
export interface ManifestSymlink {
  readonly kind: 'symlink';
  /** Components below the tree's root. */
  readonly path: readonly string[];
  /** Components of what it points to, below the tree's root, not the link's directory (BEP 47). Never empty. */
  readonly target: readonly string[];
}

/** One entry of a manifest. Directories are implied by the paths; empty ones do not exist. */
export type ManifestEntry = ManifestFile | ManifestSymlink;

/**
 * Entries in order: an array, or a table that makes its entries when they are asked for, which 100,000 of them take
 * less memory in.
 */
export interface Entries<E extends ManifestEntry = ManifestEntry> extends Iterable<E> {
  readonly length: number;
  /** The entry at an index from 0 on. */
  at(index: number): E | undefined;
}
