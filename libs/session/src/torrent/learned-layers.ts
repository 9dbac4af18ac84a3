import {
  type Bitfield,
  fileRootOfPieceLayer,
  filesWithoutLayer,
  HASH_LENGTH,
  infoHashHex,
  leavesPerPiece,
  merkleRoot,
  type Metainfo,
  type MetainfoFile,
  wireInfoHashes,
} from '@shoal/protocol';
import { rootMismatchError } from '../errors.ts';
import type { ContentStore } from '../ports/content-store.ts';

/** What layers are learned from. */
export interface LearnFrom {
  readonly metainfo: Metainfo;
  readonly store: Pick<ContentStore, 'digestBlocks'>;
  readonly have: Bitfield;
  /** Called after each piece. */
  readonly onPiece: () => void;
}

/**
 * Piece layers of a hybrid that nobody told us, and whose files were fetched by the v1 half: computed when a file is whole. Then
 * both halves are known to describe the same content, and peers can be told the hashes.
 */
export class LearnedLayers {
  /** With those that the metainfo has; undefined until a metainfo was seen that lacks some. */
  #layers: Map<string, Uint8Array> | undefined;

  /** The same metainfo with the layers that were learned, and with others as soon as they are. */
  addTo(metainfo: Metainfo): Metainfo {
    if (metainfo.format !== 'hybrid' || filesWithoutLayer(metainfo).length === 0) return metainfo;
    this.#layers ??= new Map(metainfo.pieceLayers);
    return { ...metainfo, pieceLayers: this.#layers };
  }

  /**
   * Computes the layers of the files that are whole, and compares their roots with those of the metainfo, which is to be one
   * that {@link addTo} gave.
   * @throws TorrentError SHOAL_TORRENT_ROOT_MISMATCH; StoreError
   */
  async learn({ metainfo, store, have, onPiece }: LearnFrom): Promise<void> {
    if (this.#layers === undefined) return;
    for (const file of filesWithoutLayer(metainfo)) {
      const pieces = piecesOf(file, metainfo);
      if (!pieces.every((piece) => have.has(piece))) continue;
      const layer = new Uint8Array(pieces.length * HASH_LENGTH);
      for (const [index, piece] of pieces.entries()) {
        const leaves = await store.digestBlocks(piece);
        layer.set(merkleRoot(leaves, leavesPerPiece(metainfo.pieceLength)), index * HASH_LENGTH);
        onPiece();
      }
      const root = file.piecesRoot ?? new Uint8Array();
      if (Buffer.compare(fileRootOfPieceLayer(layer, metainfo.pieceLength), root) !== 0) {
        throw rootMismatchError(nameOf(metainfo), file.path.join('/'));
      }
      this.#layers.set(Buffer.from(root).toString('hex'), layer);
    }
  }
}

/** For errors. */
function nameOf(metainfo: Metainfo): string {
  return wireInfoHashes(metainfo).map(infoHashHex).at(0) ?? metainfo.name;
}

/** The pieces of a file of a hybrid, which have bytes of no other. */
function piecesOf({ offset, length }: MetainfoFile, { pieceLength }: Metainfo): number[] {
  const first = offset / pieceLength;
  return Array.from({ length: Math.ceil(length / pieceLength) }, (_, index) => first + index);
}
