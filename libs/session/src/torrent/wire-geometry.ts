import { BLOCK_SIZE, type MetainfoFormat, type PieceLayout } from '@shoal/protocol';
import type { PieceGeometry } from '@shoal/swarm';

/** What the engine needs to know of a layout. */
export function toWireGeometry(layout: PieceLayout, format: MetainfoFormat): PieceGeometry {
  return {
    pieceCount: layout.pieceCount,
    blockSize: BLOCK_SIZE,
    pieceSize: (piece) => layout.pieceSize(piece),
    servedSize: (piece) => (format === 'v2' ? layout.pieceLength : layout.pieceSize(piece)),
    payloadSize: (piece) => {
      const last = layout.spans(piece).at(-1);
      return last === undefined ? 0 : last.pieceOffset + last.length;
    },
  };
}
