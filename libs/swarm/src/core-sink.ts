import type { BlockRange, PeerMessage } from '@shoal/protocol';

declare const brand: unique symbol;

/** A connected peer, as the core and its shell call it. Never reused within a core's life. */
export type PeerHandle = number & { readonly [brand]: 'PeerHandle' };

/** A buffer of the shell for one piece. */
export type Slot = number & { readonly [brand]: 'Slot' };

/** Why the core wants a connection closed. */
export type CloseReason =
  /** Both ends have everything. */
  | 'both-complete'
  /** A message that the protocol does not allow there, or with impossible numbers. */
  | 'protocol-violation'
  /** More requests, or more blocks that nobody asked for, than are tolerated. */
  | 'flood'
  /** It sent bytes that are not the torrent's. */
  | 'corrupt-data';

/** The actions of a core. They may be called from within any of its inputs, and must not call back into it. */
export interface CoreSink {
  send(peer: PeerHandle, message: PeerMessage): void;
  /** Requests of the peer wait: call `drainUploads` when there is room to send. */
  uploadsWaiting(peer: PeerHandle): void;
  /** Send this block of a piece that we have. Only called from within `drainUploads`. */
  sendBlock(peer: PeerHandle, block: BlockRange): void;
  /** What is still to come of the block the peer is sending is no longer wanted: discard it. */
  stopReceiving(peer: PeerHandle): void;
  /** A buffer for a piece to be received, with zeros behind its payload; undefined when memory is short. */
  openPiece(piece: number): Slot | undefined;
  /**
   * All of the piece is in its buffer: hash it, write it, answer with `pieceVerified`, `pieceRejected` or `pieceFailed`.
   * The same slot again after `pieceRejected` when only some of the blocks were bad.
   * @param wantsDigests whether `pieceVerified` is to tell the blocks' digests
   */
  verifyPiece(piece: number, slot: Slot, wantsDigests: boolean): void;
  /** The buffer is not needed any more. */
  releasePiece(piece: number, slot: Slot): void;
  /** Close the connection and answer with `removePeer`, not before the core has returned. */
  closePeer(peer: PeerHandle, reason: CloseReason): void;
  /** The peer, which may be gone already, sent bad bytes: have nothing more to do with it. `closePeer` follows if need be. */
  banPeer(peer: PeerHandle): void;
  /** The last wanted piece was verified. Again when more pieces are wanted later and have come. */
  completed(): void;
}
