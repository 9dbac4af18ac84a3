import type { Bitfield, MetainfoFormat, PieceLayout } from '@shoal/protocol';
import { toWireGeometry } from './wire-geometry.ts';

/** How large a torrent is, and how much of it is there. Bytes are those of the wire, padding included. */
export interface TorrentSize {
  readonly pieces: number;
  readonly bytes: number;
  bytesDone: number;
  /** Of the pieces that are wanted. */
  readonly wanted: { readonly pieces: number; piecesDone: number; readonly bytes: number; bytesDone: number };
}

/** The size of a torrent whose metainfo was not loaded yet. */
export const NO_SIZE: TorrentSize = Object.freeze({
  pieces: 0,
  bytes: 0,
  bytesDone: 0,
  wanted: Object.freeze({ pieces: 0, piecesDone: 0, bytes: 0, bytesDone: 0 }),
});

/** Bytes of the pieces in `have` that peers are asked for: whole blocks, without those of padding alone. */
export function payloadOf(layout: PieceLayout, format: MetainfoFormat, have: Bitfield): number {
  const geometry = toWireGeometry(layout, format);
  let bytes = 0;
  for (let piece = 0; piece < layout.pieceCount; piece += 1) {
    if (!have.has(piece)) continue;
    const blocks = Math.ceil(geometry.payloadSize(piece) / geometry.blockSize);
    bytes += Math.min(geometry.pieceSize(piece), blocks * geometry.blockSize);
  }
  return bytes;
}

/**
 * Adds up the pieces of a torrent.
 * @param priorities by piece, 0 for those that are not wanted; undefined when all are
 */
export function measure(layout: PieceLayout, have: Bitfield, priorities?: Uint8Array): TorrentSize {
  let bytes = 0;
  let bytesDone = 0;
  const wanted = { pieces: 0, piecesDone: 0, bytes: 0, bytesDone: 0 };
  for (let piece = 0; piece < layout.pieceCount; piece += 1) {
    const size = layout.pieceSize(piece);
    const isThere = have.has(piece);
    bytes += size;
    if (isThere) bytesDone += size;
    if (priorities?.[piece] === 0) continue;
    wanted.pieces += 1;
    wanted.bytes += size;
    if (!isThere) continue;
    wanted.piecesDone += 1;
    wanted.bytesDone += size;
  }
  return { pieces: layout.pieceCount, bytes, bytesDone, wanted };
}
