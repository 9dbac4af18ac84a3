import type { Bitfield } from '@shoal/protocol';
import type { BlockScheduler } from './block-scheduler.ts';
import type { CloseReason, CoreSink, PeerHandle } from './core-sink.ts';
import type { Interest } from './interest.ts';
import type { OpenPiece } from './open-piece.ts';
import type { PeerState } from './peer-state.ts';
import type { RequestFiller } from './request-filler.ts';
import type { Requester } from './requester.ts';
import type { Trust } from './trust.ts';
import type { Waste } from './waste.ts';

/** What the end of a piece's reception acts on. */
export interface PieceOutcomesComponents {
  readonly sink: CoreSink;
  readonly peers: ReadonlyMap<PeerHandle, PeerState>;
  readonly scheduler: BlockScheduler;
  readonly requester: Requester;
  readonly filler: RequestFiller;
  readonly interest: Interest;
  readonly trust: Trust;
  readonly waste: Waste;
  readonly close: (peer: PeerState, reason: CloseReason) => void;
}

/** What becomes of pieces that are received: hashed once all of their blocks are here, then told to everyone, or fetched again. */
export class PieceOutcomes {
  readonly #components: PieceOutcomesComponents;
  readonly #have: Bitfield;

  constructor(components: PieceOutcomesComponents, init: { readonly have: Bitfield }) {
    this.#components = components;
    this.#have = init.have;
  }

  /** All of its blocks are here: it is to be hashed. */
  onReceived(open: OpenPiece): void {
    const { requester, sink, trust } = this.#components;
    requester.forget(open);
    sink.verifyPiece(open.piece, open.slot, trust.wantsDigests(open.piece));
  }

  /** It matched its hash and is written. `digests` of its blocks when they were wanted. */
  onVerified(piece: number, digests: Uint8Array | undefined): void {
    const { scheduler, trust, filler, peers, sink, interest } = this.#components;
    const { selection } = scheduler;
    const open = scheduler.openPiece(piece);
    if (open === undefined) return;
    trust.onVerified(piece, digests);
    const isWanted = selection.isWanted(piece);
    selection.settle(piece);
    scheduler.close(open, 'verified');
    const message = { type: 'have', piece } as const;
    for (const peer of peers.values()) {
      // Also to those who have it: a seeder learns that its copy has arrived.
      if (!peer.isClosing) sink.send(peer.handle, message);
      if (isWanted) interest.onOwnPiece(peer, piece);
    }
    if (selection.isSatisfied && (isWanted || this.#have.isComplete)) this.onSatisfied();
    else filler.fillShort();
  }

  /** It did not match its hash. `digests` of its blocks as they came. */
  onRejected(piece: number, digests: Uint8Array): void {
    const open = this.#components.scheduler.openPiece(piece);
    if (open !== undefined) this.#components.trust.onRejected(open, digests);
  }

  /** It could not be hashed or written; nobody is to blame. */
  onFailed(piece: number): void {
    const { scheduler, waste, filler } = this.#components;
    const open = scheduler.openPiece(piece);
    if (open === undefined) return;
    waste.add('lost', open.receivedBytes);
    scheduler.close(open, 'again');
    filler.fillAll();
  }

  /** Other pieces are wanted than before: gives up what is on its way of the others. */
  dropUnwanted(): void {
    const { scheduler, waste, requester, trust } = this.#components;
    for (const open of scheduler.unwantedPieces()) {
      waste.add('unwanted', open.receivedBytes);
      requester.withdraw(open);
      scheduler.close(open, 'again');
      trust.onUnwanted(open.piece);
    }
  }

  /** Every wanted piece is there. While others are not, those who have them stay: they may be wanted yet. */
  onSatisfied(): void {
    const { peers, sink, close } = this.#components;
    if (this.#have.isComplete) {
      for (const peer of peers.values()) if (peer.have.isComplete) close(peer, 'both-complete');
    }
    sink.completed();
  }
}
