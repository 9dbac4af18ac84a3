import { toHex } from '../bytes.ts';
import { HASH_LENGTH } from '../merkle/constants.ts';
import { leavesPerPiece, powerOfTwoAtLeast } from '../merkle/merkle-tree.ts';
import { BLOCK_SIZE } from '../wire/constants.ts';
import { SHA1_LENGTH } from './constants.ts';
import type { FileLayout } from './file-layout.ts';
import type { Metainfo } from './metainfo.ts';

/** A run of a piece's bytes in one file. */
export interface PieceSpan {
  /** Index in `Metainfo.files`. */
  readonly fileIndex: number;
  /** Bytes from the start of the file. */
  readonly fileOffset: number;
  /** Bytes, at least 1. */
  readonly length: number;
  /** Bytes from the start of the piece. */
  readonly pieceOffset: number;
}

/** What a piece's content is verified with. */
export type PieceHash =
  /**
   * v2 and hybrid: `root` is that of a tree over the SHA-256 of the piece's 16 KiB blocks, `leafWidth` leaves wide (a
   * power of two; missing leaves are zero). The piece's bytes are those of its one span: padding is not hashed.
   */
  | { readonly kind: 'sha256-merkle'; readonly root: Uint8Array; readonly leafWidth: number }
  /** v1, and files of a hybrid whose piece layer is not known: SHA-1 of all the piece's bytes, padding as zeros. */
  | { readonly kind: 'sha1'; readonly digest: Uint8Array };

/** Where the bytes of pieces lie in files. Pieces are numbered from 0; asking for one that is not there is a RangeError. */
export interface PieceGeometry {
  readonly pieceCount: number;
  /** Bytes. */
  readonly pieceLength: number;
  /** Bytes of a piece on the wire: with padding in v1 and hybrid torrents; in v2 pieces end with their file (BEP 52). */
  pieceSize(piece: number): number;
  /** The runs of a piece in files, in order. What they leave out is padding, to be taken as zeros. */
  spans(piece: number): PieceSpan[];
}

/** The pieces of a torrent: where their bytes lie, and what these are verified with. */
export interface PieceLayout extends PieceGeometry {
  pieceHash(piece: number): PieceHash;
}

/** The geometry of a torrent that need not have hashes yet, as when they are being computed. */
export function createPieceGeometry(layout: FileLayout): PieceGeometry {
  return new Geometry(layout);
}

/** The pieces of a torrent. Finding one costs O(log files) and its spans; memory is 20 bytes a file. */
export function createPieceLayout(metainfo: Metainfo): PieceLayout {
  return new HashedGeometry(metainfo);
}

class Geometry implements PieceGeometry {
  readonly pieceCount: number;
  readonly pieceLength: number;
  readonly #cutAtFileEnd: boolean;
  readonly #pieceSpaceLength: number;
  // The first `count` elements are of the files that have content, in order of offset.
  readonly #fileIndexes: Uint32Array;
  readonly #offsets: Float64Array;
  readonly #lengths: Float64Array;
  readonly #count: number;

  constructor(layout: FileLayout) {
    this.pieceCount = layout.pieceCount;
    this.pieceLength = layout.pieceLength;
    this.#pieceSpaceLength = layout.pieceSpaceLength;
    this.#cutAtFileEnd = layout.format === 'v2';
    this.#fileIndexes = new Uint32Array(layout.files.length);
    this.#offsets = new Float64Array(layout.files.length);
    this.#lengths = new Float64Array(layout.files.length);
    let count = 0;
    for (const { index, offset, length } of layout.files) {
      if (length === 0) continue;
      this.#fileIndexes[count] = index;
      this.#offsets[count] = offset;
      this.#lengths[count] = length;
      count += 1;
    }
    this.#count = count;
  }

  pieceSize(piece: number): number {
    const start = this.#startOf(piece);
    const end = this.#cutAtFileEnd ? this.#endOfFileAt(this.#slotAt(start)) : this.#pieceSpaceLength;
    return Math.min(this.pieceLength, end - start);
  }

  spans(piece: number): PieceSpan[] {
    const start = this.#startOf(piece);
    const end = start + this.pieceLength;
    const spans: PieceSpan[] = [];
    for (let slot = this.#slotAt(start); slot < this.#count; slot += 1) {
      const offset = this.#offsets[slot] ?? 0;
      if (offset >= end) break;
      const from = Math.max(offset, start);
      const length = Math.min(this.#endOfFileAt(slot), end) - from;
      const fileIndex = this.#fileIndexes[slot] ?? 0;
      spans.push({ fileIndex, fileOffset: from - offset, length, pieceOffset: from - start });
    }
    return spans;
  }

  #startOf(piece: number): number {
    if (!Number.isInteger(piece) || piece < 0 || piece >= this.pieceCount) {
      throw new RangeError(`piece ${String(piece)} of ${String(this.pieceCount)}`);
    }
    return piece * this.pieceLength;
  }

  /** The first file with content that ends after `position`. */
  #slotAt(position: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#endOfFileAt(middle) > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #endOfFileAt(slot: number): number {
    return (this.#offsets[slot] ?? 0) + (this.#lengths[slot] ?? 0);
  }
}

class HashedGeometry extends Geometry implements PieceLayout {
  readonly #metainfo: Metainfo;

  constructor(metainfo: Metainfo) {
    super(metainfo);
    this.#metainfo = metainfo;
  }

  pieceHash(piece: number): PieceHash {
    if (this.#metainfo.format === 'v1') return this.#sha1Hash(piece);
    const { fileIndex, fileOffset } = present(this.spans(piece)[0]);
    return this.#merkleHash(fileIndex, fileOffset / this.pieceLength) ?? this.#sha1Hash(piece);
  }

  #sha1Hash(piece: number): PieceHash {
    const start = piece * SHA1_LENGTH;
    return { kind: 'sha1', digest: present(this.#metainfo.v1Pieces).subarray(start, start + SHA1_LENGTH) };
  }

  /** Undefined when the file's piece layer is not known. */
  #merkleHash(fileIndex: number, pieceOfFile: number): PieceHash | undefined {
    const file = present(this.#metainfo.files.at(fileIndex));
    const root = present(file.kind === 'file' ? file.piecesRoot : undefined);
    if (file.length <= this.pieceLength) {
      return { kind: 'sha256-merkle', root, leafWidth: powerOfTwoAtLeast(file.length / BLOCK_SIZE) };
    }
    const layer = this.#metainfo.pieceLayers.get(toHex(root));
    if (layer === undefined) return undefined;
    const start = pieceOfFile * HASH_LENGTH;
    return {
      kind: 'sha256-merkle',
      root: layer.subarray(start, start + HASH_LENGTH),
      leafWidth: leavesPerPiece(this.pieceLength),
    };
  }
}

/** What `parseMetainfo` guarantees of a torrent of the format at hand. */
function present<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('a metainfo that parseMetainfo did not make');
  return value;
}
