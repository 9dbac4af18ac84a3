/** Where the hashes of a v2 piece's blocks stand in the Merkle tree of its file (BEP 52). */
export interface PieceTree {
  /** Root of the file's tree, 32 bytes. */
  readonly piecesRoot: Uint8Array;
  /** Index of the piece's first block among the leaves of the file. */
  readonly firstLeaf: number;
  /** Leaves under the piece's root: a power of two. */
  readonly width: number;
  /** The piece's own root, 32 bytes. */
  readonly root: Uint8Array;
}

/** Finds the tree of a piece; undefined in a v1 torrent. */
export type PieceTrees = (piece: number) => PieceTree | undefined;
