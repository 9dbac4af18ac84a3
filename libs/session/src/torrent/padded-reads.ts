import type { PieceGeometry } from '@shoal/swarm';
import type { BlockReader } from '../peer/block-sender.ts';
import type { ContentStore } from '../ports/content-store.ts';

/** Reads what peers ask for: what lies behind the end of a piece, as v2 torrents serve it (BEP 52), is zeros. */
export function createPaddedReader(store: ContentStore, geometry: PieceGeometry): BlockReader {
  return async (piece, begin, length) => {
    const stored = Math.max(0, geometry.pieceSize(piece) - begin);
    if (length <= stored) return store.lend(piece, begin, length);
    const bytes = new Uint8Array(length);
    if (stored > 0) {
      const loan = await store.lend(piece, begin, stored);
      bytes.set(loan.bytes);
      loan.release();
    }
    return { bytes, release: () => undefined };
  };
}
