import {
  BLOCK_SIZE,
  type HashRange,
  leavesPerPiece,
  MAX_HASHES,
  MerkleLevels,
  type Metainfo,
  type MetainfoFile,
  powerOfTwoAtLeast,
} from '@shoal/protocol';

/** What a hash request asks for: nodes of a file's piece layer, or leaves of one of its pieces. */
export type HashQuestion =
  | { readonly kind: 'pieces'; readonly file: MetainfoFile }
  | {
      readonly kind: 'leaves';
      readonly file: MetainfoFile;
      readonly piece: number;
      /** The piece's number within its file, from 0. */
      readonly pieceOfFile: number;
      /** Leaves under the piece's root. */
      readonly width: number;
    };

/** Answers for the Merkle trees of a torrent's files (BEP 52), as far as the metainfo and the leaves of one piece reach. */
export class HashRanges {
  readonly #metainfo: Metainfo;
  readonly #leavesPerPiece: number;
  /** Indexes of files by the hex of their root; made when hashes are first asked for, which is rare. */
  #indexes: Map<string, number> | undefined;
  /** The tree above the piece layer of the file asked for last. */
  #upper: { readonly file: MetainfoFile; readonly levels: MerkleLevels } | undefined;

  /** @param metainfo of a v2 or hybrid torrent */
  constructor(metainfo: Metainfo) {
    this.#metainfo = metainfo;
    this.#leavesPerPiece = leavesPerPiece(metainfo.pieceLength);
  }

  /** What the range is about; undefined when we need not answer: a client serves the leaf and the piece layer (BEP 52). */
  parse({ piecesRoot, baseLayer, index, length }: HashRange): HashQuestion | undefined {
    const file = this.#find(piecesRoot);
    if (file === undefined || length > MAX_HASHES) return undefined;
    const hasLayer = file.length > this.#metainfo.pieceLength;
    if (hasLayer && baseLayer === Math.log2(this.#leavesPerPiece)) return { kind: 'pieces', file };
    const width = hasLayer ? this.#leavesPerPiece : powerOfTwoAtLeast(file.length / BLOCK_SIZE);
    const pieceOfFile = Math.floor(index / width);
    if (baseLayer !== 0 || length > width || pieceOfFile >= this.#piecesOf(file)) return undefined;
    const piece = file.offset / this.#metainfo.pieceLength + pieceOfFile;
    return { kind: 'leaves', file, piece, pieceOfFile, width };
  }

  /** Hashes that an answer from the piece layer costs to compute, beside those it tells. */
  costOf(file: MetainfoFile): number {
    return this.#upper?.file.index === file.index ? 0 : this.#piecesOf(file);
  }

  /** Hashes of the piece layer, and their uncles; undefined when the range is impossible. */
  ofPieces(file: MetainfoFile, { index, length, proofLayers }: HashRange): Uint8Array[] | undefined {
    return this.#upperOf(file)?.range(index, length, proofLayers);
  }

  /** Leaves and their uncles, given all leaves of the piece; undefined when the range is impossible. */
  ofLeaves(
    { file, pieceOfFile, width }: HashQuestion & { readonly kind: 'leaves' },
    { index, length, proofLayers }: HashRange,
    leaves: Uint8Array,
  ): Uint8Array[] | undefined {
    const levels = new MerkleLevels(leaves, width);
    const within = levels.range(index % width, length, Math.min(proofLayers, Math.max(0, levels.height - 1)));
    if (within === undefined || proofLayers < levels.height) return within;
    const above = this.#upperOf(file)?.range(pieceOfFile, 1, proofLayers - levels.height);
    return above === undefined ? undefined : [...within, ...above.slice(1)];
  }

  #find(piecesRoot: Uint8Array): MetainfoFile | undefined {
    this.#indexes ??= indexByRoot(this.#metainfo);
    const index = this.#indexes.get(toHex(piecesRoot));
    const entry = index === undefined ? undefined : this.#metainfo.files.at(index);
    return entry?.kind === 'file' ? entry : undefined;
  }

  #piecesOf(file: MetainfoFile): number {
    return Math.ceil(file.length / this.#metainfo.pieceLength);
  }

  #upperOf(file: MetainfoFile): MerkleLevels | undefined {
    if (this.#upper?.file.index === file.index) return this.#upper.levels;
    const layer = this.#metainfo.pieceLayers.get(toHex(file.piecesRoot ?? new Uint8Array()));
    if (layer === undefined) return undefined;
    const width = powerOfTwoAtLeast(this.#piecesOf(file));
    const levels = new MerkleLevels(layer, width, Math.log2(this.#leavesPerPiece));
    this.#upper = { file, levels };
    return levels;
  }
}

function indexByRoot({ files }: Metainfo): Map<string, number> {
  const indexes = new Map<string, number>();
  for (const file of files) {
    if (file.kind === 'file' && file.piecesRoot !== undefined)
      indexes.set(toHex(file.piecesRoot), file.index);
  }
  return indexes;
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
