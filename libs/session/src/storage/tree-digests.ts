import {
  BLOCK_SIZE,
  createPieceGeometry,
  type Entries,
  EntryTable,
  fileRootOfPieceLayer,
  HASH_LENGTH,
  type FileLayout,
  layOutFiles,
  leavesPerPiece,
  type MetainfoFile,
  type MetainfoFormat,
  type PieceGeometry,
  type PieceLayers,
  type PieceSpan,
  powerOfTwoAtLeast,
  totalSizeOf,
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
  readonly entries: Entries;
  /** By hex of the file's root; v2 and hybrid. */
  readonly pieceLayers: PieceLayers;
  /** v1 and hybrid. */
  readonly v1Pieces?: Uint8Array;
}

function kindsOf({ format }: HashProfile): DigestKinds {
  return { sha1: format !== 'v2', sha256: format !== 'v1' };
}

/** The digests of a tree's pieces, which may come in any order, and what a metainfo makes of them. */
export class TreeDigests {
  readonly geometry: PieceGeometry;
  readonly kinds: DigestKinds;
  readonly contentLength: number;
  readonly #entries: Entries;
  readonly #layout: FileLayout;
  readonly #sha1: Uint8Array;
  readonly #sha256: Uint8Array;
  readonly #profile: HashProfile;

  /** @param kinds of digests, where not all that the format has are wanted */
  constructor(entries: Entries, profile: HashProfile, kinds: DigestKinds = kindsOf(profile)) {
    const layout = layOutFiles(entries, profile);
    this.#layout = layout;
    this.#entries = entries;
    this.#profile = profile;
    this.geometry = createPieceGeometry(layout);
    this.kinds = kinds;
    this.contentLength = totalSizeOf(entries);
    this.#sha1 = new Uint8Array(this.kinds.sha1 ? layout.pieceCount * SHA1_LENGTH : 0);
    this.#sha256 = new Uint8Array(this.kinds.sha256 ? layout.pieceCount * HASH_LENGTH : 0);
  }

  /** Leaves under the root of the piece that lies in `spans`; 1 where no tree is made. */
  leafWidth(spans: readonly PieceSpan[]): number {
    const [span] = spans;
    const entry = span === undefined ? undefined : this.#entries.at(span.fileIndex);
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
    const entries = this.kinds.sha256 ? this.#withRoots(pieceLayers) : this.#entries;
    return { entries, pieceLayers, ...(this.kinds.sha1 ? { v1Pieces: this.#sha1 } : {}) };
  }

  /** The entries with their roots; the layers of files longer than a piece are added to `layers`. */
  #withRoots(layers: Map<string, Uint8Array>): Entries {
    const entries = new EntryTable();
    for (const file of this.#layout.files) {
      if (file.kind !== 'file' || file.length === 0) entries.append(file);
      else entries.append({ ...file, piecesRoot: this.#rootOf(file, layers) });
    }
    return entries;
  }

  #rootOf(file: MetainfoFile, layers: Map<string, Uint8Array>): Uint8Array {
    const { pieceLength } = this.#profile;
    const first = Math.floor(file.offset / pieceLength);
    const end = first + Math.ceil(file.length / pieceLength);
    const roots = this.#sha256.subarray(first * HASH_LENGTH, end * HASH_LENGTH);
    if (file.length <= pieceLength) return roots;
    const piecesRoot = fileRootOfPieceLayer(roots, pieceLength);
    layers.set(Buffer.from(piecesRoot).toString('hex'), roots);
    return piecesRoot;
  }
}
