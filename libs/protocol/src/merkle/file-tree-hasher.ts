import { HASH_LENGTH } from './constants.ts';
import { fileRootOfLeaves, fileRootOfPieceLayer, leavesPerPiece, merkleRoot } from './merkle-tree.ts';

/** The Merkle tree of one file, as a metainfo needs it. */
export interface FileTree {
  /** 32 bytes. */
  readonly piecesRoot: Uint8Array;
  /** Packed roots of the pieces; only when the file is longer than a piece (BEP 52). */
  readonly pieceLayer?: Uint8Array;
}

/**
 * Builds the Merkle tree of one file while its blocks are hashed in order. Holds the leaves of one piece and the roots of
 * the pieces before it: 32 bytes a piece, whatever the file's length.
 */
export class FileTreeHasher {
  readonly #pieceLength: number;
  readonly #leaves: Uint8Array;
  #leafCount = 0;
  readonly #pieceRoots: Uint8Array[] = [];

  /**
   * @param pieceLength bytes, a power of two of at least 16 KiB
   * @throws RangeError when it is not
   */
  constructor(pieceLength: number) {
    this.#pieceLength = pieceLength;
    this.#leaves = new Uint8Array(leavesPerPiece(pieceLength) * HASH_LENGTH);
  }

  /** Takes the SHA-256 of the file's next 16 KiB (the last block may be shorter). */
  addLeaf(digest: Uint8Array): void {
    if (this.#leafCount * HASH_LENGTH === this.#leaves.length) this.#closePiece();
    this.#leaves.set(digest, this.#leafCount * HASH_LENGTH);
    this.#leafCount += 1;
  }

  /**
   * The tree of all leaves taken. Call it once, after the last leaf.
   * @throws RangeError when there was none: an empty file has no tree (BEP 52).
   */
  finish(): FileTree {
    if (this.#pieceRoots.length === 0) {
      return { piecesRoot: fileRootOfLeaves(this.#leaves.subarray(0, this.#leafCount * HASH_LENGTH)) };
    }
    this.#closePiece();
    const pieceLayer = new Uint8Array(Buffer.concat(this.#pieceRoots));
    return { piecesRoot: fileRootOfPieceLayer(pieceLayer, this.#pieceLength), pieceLayer };
  }

  #closePiece(): void {
    const leaves = this.#leaves.subarray(0, this.#leafCount * HASH_LENGTH);
    this.#pieceRoots.push(merkleRoot(leaves, this.#leaves.length / HASH_LENGTH));
    this.#leafCount = 0;
  }
}
