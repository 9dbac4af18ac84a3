/** What all entries of a tree have. */
interface ManifestEntryBase {
  /** Components below the tree's root. */
  readonly path: readonly string[];
  /**
   * Whether a torrent says that the entry is hidden (BEP 47 `h`). Where names decide that, as on Linux, it changes nothing:
   * it is no part of the content, and not written.
   */
  readonly hidden?: boolean;
}

/** A regular file of a tree: mode 0644, or 0755 when `executable`. */
export interface ManifestFile extends ManifestEntryBase {
  readonly kind: 'file';
  /** Bytes, a safe integer ≥ 0. */
  readonly length: number;
  readonly executable: boolean;
  /** SHA-256 Merkle root of the content (BEP 52), 32 bytes. Absent for empty files, and before the file is hashed. */
  readonly piecesRoot?: Uint8Array;
}

/** A symlink of a tree. */
export interface ManifestSymlink extends ManifestEntryBase {
  readonly kind: 'symlink';
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
