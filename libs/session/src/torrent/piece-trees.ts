import { BLOCK_SIZE, type Metainfo, type PieceLayout } from '@shoal/protocol';
import type { PieceTrees } from '@shoal/swarm';

/** Where the blocks of a torrent's pieces stand in the Merkle trees of its files; nowhere when it is v1. */
export function createPieceTrees(metainfo: Metainfo, layout: PieceLayout): PieceTrees {
  return (piece) => {
    const hash = layout.pieceHash(piece);
    const [span] = layout.spans(piece);
    if (hash.kind === 'sha1' || span === undefined) return undefined;
    const file = metainfo.files.at(span.fileIndex);
    if (file?.kind !== 'file' || file.piecesRoot === undefined) return undefined;
    return {
      piecesRoot: file.piecesRoot,
      firstLeaf: span.fileOffset / BLOCK_SIZE,
      width: hash.leafWidth,
      root: hash.root,
    };
  };
}
