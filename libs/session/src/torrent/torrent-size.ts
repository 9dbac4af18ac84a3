import type { Bitfield, PieceLayout } from '@shoal/protocol';

/** How large a torrent is, and how much of it is there. Bytes are those of the wire, padding included. */
export interface TorrentSize {
  readonly pieces: number;
  readonly bytes: number;
  bytesDone: number;
}

/** The size of a torrent whose metainfo was not loaded yet. */
export const NO_SIZE: TorrentSize = Object.freeze({ pieces: 0, bytes: 0, bytesDone: 0 });

/** Adds up the pieces of a torrent. */
export function measure(layout: PieceLayout, have: Bitfield): TorrentSize {
  let bytes = 0;
  let bytesDone = 0;
  for (let piece = 0; piece < layout.pieceCount; piece += 1) {
    const size = layout.pieceSize(piece);
    bytes += size;
    if (have.has(piece)) bytesDone += size;
  }
  return { pieces: layout.pieceCount, bytes, bytesDone };
}
