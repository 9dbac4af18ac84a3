import type { Bitfield, BlockRange } from '@shoal/protocol';
import { ALLOWED_FAST_COPIES } from './constants.ts';
import type { CoreSink } from './core-sink.ts';
import type { PieceGeometry } from './geometry.ts';
import type { PeerState } from './peer-state.ts';

/**
 * Lets peers that have next to nothing ask for a few pieces while we choke them, so that they have something to trade
 * (BEP 6, allowed fast).
 */
export class AllowedFast {
  readonly #sink: CoreSink;
  readonly #geometry: PieceGeometry;
  readonly #have: Bitfield;

  constructor(
    components: { readonly sink: CoreSink },
    init: { readonly geometry: PieceGeometry; readonly have: Bitfield },
  ) {
    this.#sink = components.sink;
    this.#geometry = init.geometry;
    this.#have = init.have;
  }

  /** A peer is interested and stays choked. A seeder grants nothing: it sends each piece once first. */
  offer(peer: PeerState): void {
    const isNewcomer = peer.have.count < peer.fastSet.length;
    if (!peer.fast || !peer.amChoking || !isNewcomer || this.#have.isComplete || peer.granted.size > 0)
      return;
    for (const piece of peer.fastSet) {
      if (!this.#have.has(piece) || peer.have.has(piece)) continue;
      peer.granted.set(piece, 0);
      this.#sink.send(peer.handle, { type: 'allowed-fast', piece });
    }
  }

  /** Whether a choked peer may have the block, which is then counted: each piece a few times over, while it has few. */
  take(peer: PeerState, { piece, length }: BlockRange): boolean {
    const taken = peer.granted.get(piece);
    if (taken === undefined || peer.have.count >= peer.fastSet.length) return false;
    if (taken + length > ALLOWED_FAST_COPIES * this.#geometry.pieceSize(piece)) return false;
    peer.granted.set(piece, taken + length);
    return true;
  }
}
