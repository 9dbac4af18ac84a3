import type { Bitfield } from '@shoal/protocol';
import type { CoreSink } from './core-sink.ts';
import type { PeerState } from './peer-state.ts';
import type { PieceSelection } from './piece-selection.ts';

/** Keeps what peers have, how often each piece is there, and whether we are interested in them. */
export class Interest {
  readonly #sink: CoreSink;
  readonly #selection: PieceSelection;

  constructor(components: { readonly sink: CoreSink; readonly selection: PieceSelection }) {
    this.#sink = components.sink;
    this.#selection = components.selection;
  }

  /** The peer has exactly these pieces. */
  setPieces(peer: PeerState, have: Bitfield): void {
    this.#uncount(peer);
    peer.have = have;
    if (!have.isComplete) this.#count(peer);
    this.recount(peer);
  }

  /** Other pieces are wanted than before. */
  recount(peer: PeerState): void {
    peer.wanted = peer.have.countMissingFrom(this.#selection.settled);
    this.update(peer);
  }

  /** The peer has one piece more. */
  addPiece(peer: PeerState, piece: number): void {
    if (!peer.have.add(piece)) return;
    this.#selection.increment(piece);
    peer.isCounted = true;
    if (this.#selection.settled.has(piece)) return;
    peer.wanted += 1;
    this.update(peer);
  }

  /** We have one of the wanted pieces more. */
  onOwnPiece(peer: PeerState, piece: number): void {
    if (!peer.have.has(piece)) return;
    peer.wanted -= 1;
    this.update(peer);
  }

  /** The peer goes. */
  remove(peer: PeerState): void {
    this.#uncount(peer);
  }

  /** Tells the peer when our interest has changed. */
  update(peer: PeerState): void {
    const isInterested = peer.wanted > 0;
    if (isInterested === peer.amInterested || peer.isClosing) return;
    peer.amInterested = isInterested;
    this.#sink.send(peer.handle, { type: isInterested ? 'interested' : 'not-interested' });
  }

  #count(peer: PeerState): void {
    for (let piece = 0; piece < peer.have.size; piece += 1) {
      if (peer.have.has(piece)) this.#selection.increment(piece);
    }
    peer.isCounted = true;
  }

  #uncount(peer: PeerState): void {
    if (!peer.isCounted) return;
    for (let piece = 0; piece < peer.have.size; piece += 1) {
      if (peer.have.has(piece)) this.#selection.decrement(piece);
    }
    peer.isCounted = false;
  }
}
