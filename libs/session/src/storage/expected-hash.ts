import type { PieceLayout } from '@shoal/protocol';
import type { ExpectedHash } from './jobs.ts';

/** What a piece must hash to, as a thread is told. */
export function expectedHash(layout: PieceLayout, piece: number): ExpectedHash {
  const hash = layout.pieceHash(piece);
  // Digests are copied: sending a view to a thread would copy the whole metainfo behind it (1 ms a piece, measured).
  if (hash.kind === 'sha1') return { algorithm: 'sha1', digest: new Uint8Array(hash.digest) };
  const length = layout.spans(piece)[0]?.length ?? 0; // v2 pieces lie in one file
  return { algorithm: 'sha256', digest: new Uint8Array(hash.root), width: hash.leafWidth, length };
}
