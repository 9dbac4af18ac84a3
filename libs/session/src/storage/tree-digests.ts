import {
  BLOCK_SIZE,
  createPieceGeometry,
  fileRootOfPieceLayer,
  HASH_LENGTH,
  layOutFiles,
  leavesPerPiece,
  type ManifestEntry,
  type ManifestFile,
  type MetainfoFormat,
  type PieceGeometry,
  type PieceSpan,
  powerOfTwoAtLeast,
} from '@shoal/protocol';
import type { DigestKinds, PieceDigests } from './jobs.ts';
import { SHA1_LENGTH } from './piece-digest.ts';

/** Which digests are made, of pieces of which length. */
export interface HashProfile {
  readonly format: MetainfoFormat;
  /** Bytes. */
  readonly pieceLength: number;
}

/** A tree with everything that a metainfo needs to know of its content. */
export interface HashedTree {
  /** In the order given; v2 and hybrid: with Merkle roots. */
  readonly entries: ManifestEntry[];
  /** By hex of the file's root; v2 and hybrid. */
  readonly pieceLayers: Map<string, Uint8Array>;
  /** v1 and hybrid. */
  readonly v1Pieces?: Uint8Array;
}

/** The digests of a tree's pieces, which may come in any order, and what a metainfo makes of them. */
export class TreeDigests {
  readonly geometry: PieceGeometry;
  readonly kinds: DigestKinds;
  readonly contentLength: number;
  readonly #entries: readonly ManifestEntry[];
  readonly #sha1: Uint8Array;
  readonly #sha256: Uint8Array;
  readonly #profile: HashProfile;
  /** First piece of each file; only where files start pieces. */
  readonly #firstPieces: readonly number[];

  constructor(entries: readonly ManifestEntry[], profile: HashProfile) {
    const layout = layOutFiles(entries, profile);
    this.#entries = entries;
    this.#profile = profile;
    this.geometry = createPieceGeometry(layout);
    this.kinds = { sha1: profile.format !== 'v2', sha256: profile.format !== 'v1' };
    this.contentLength = layout.files.reduce((sum, file) => sum + file.length, 0);
    this.#firstPieces = layout.files.map((file) => Math.floor(file.offset / profile.pieceLength));
    this.#sha1 = new Uint8Array(this.kinds.sha1 ? layout.pieceCount * SHA1_LENGTH : 0);
    this.#sha256 = new Uint8Array(this.kinds.sha256 ? layout.pieceCount * HASH_LENGTH : 0);
  }

  /** Leaves under the root of the piece that lies in `spans`; 1 where no tree is made. */
  leafWidth(spans: readonly PieceSpan[]): number {
    const [span] = spans;
    const entry = span === undefined ? undefined : this.#entries[span.fileIndex];
    if (!this.kinds.sha256 || entry?.kind !== 'file') return 1;
    const { pieceLength } = this.#profile;
    return entry.length > pieceLength
      ? leavesPerPiece(pieceLength)
      : powerOfTwoAtLeast(entry.length / BLOCK_SIZE);
  }

  /** Takes the digests of consecutive pieces from `first` on. */
  add(first: number, digests: PieceDigests): void {
    if (this.kinds.sha1) this.#sha1.set(digests.sha1, first * SHA1_LENGTH);
    if (this.kinds.sha256) this.#sha256.set(digests.sha256, first * HASH_LENGTH);
  }

  /** The digests of the first `count` pieces. */
  head(count: number): PieceDigests {
    return {
      sha1: this.#sha1.subarray(0, count * SHA1_LENGTH),
      sha256: this.#sha256.subarray(0, count * HASH_LENGTH),
    };
  }

  /** What was found, once every piece is there. */
  finish(): HashedTree {
    const pieceLayers = new Map<string, Uint8Array>();
    const entries = this.#entries.map((entry, index) =>
      this.kinds.sha256 && entry.kind === 'file' && entry.length > 0
        ? this.#withRoot(entry, index, pieceLayers)
        : entry,
    );
    return { entries, pieceLayers, ...(this.kinds.sha1 ? { v1Pieces: this.#sha1 } : {}) };
  }

  #withRoot(file: ManifestFile, index: number, layers: Map<string, Uint8Array>): ManifestFile {
    const { pieceLength } = this.#profile;
    const first = (this.#firstPieces[index] ?? 0) * HASH_LENGTH;
    const roots = this.#sha256.slice(first, first + Math.ceil(file.length / pieceLength) * HASH_LENGTH);
    if (file.length <= pieceLength) return { ...file, piecesRoot: roots };
    const piecesRoot = fileRootOfPieceLayer(roots, pieceLength);
    layers.set(Buffer.from(piecesRoot).toString('hex'), roots);
    return { ...file, piecesRoot };
  }
}
