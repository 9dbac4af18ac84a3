/** How a torrent's content is cut, as far as the engine needs to know. Sizes in bytes. */
export interface PieceGeometry {
  readonly pieceCount: number;
  /** What is asked for at once: BLOCK_SIZE on a real wire; a simulation of many hosts may take larger ones. */
  readonly blockSize: number;
  /** Bytes of the piece on the wire. */
  pieceSize(piece: number): number;
  /**
   * Bytes of the piece before the padding at its end, which is known to be zero: blocks that lie behind are never
   * requested. The piece's size when it has no such padding.
   */
  payloadSize(piece: number): number;
  /**
   * Bytes of the piece that a peer may ask for; at least its size. What lies behind the size reads as zeros: libtorrent
   * 2.0 pads the pieces of v2 torrents to the piece length in its requests, where BEP 52 ends them with their file.
   */
  servedSize(piece: number): number;
}
