import type { Bitfield } from '@shoal/protocol';
import { END_GAME_AGE, MAX_PARTIAL_BYTES, PARTIAL_PIECES_PER_PEER } from './constants.ts';
import type { CoreSink, PeerHandle } from './core-sink.ts';
import type { PieceGeometry } from './geometry.ts';
import { OpenPiece } from './open-piece.ts';
import type { PeerState } from './peer-state.ts';
import type { PickerPolicy, PieceSet } from './picker-policy.ts';
import { PieceSelection } from './piece-selection.ts';
import type { Random } from './random.ts';

/** A block to request. */
interface BlockChoice {
  readonly open: OpenPiece;
  readonly block: number;
}

/** Pieces that are being received and have blocks to ask for. */
interface PartialPieces {
  /** One that the peer can send and nobody works on. */
  readonly left?: OpenPiece;
  /** One that the peer can send and others work on. */
  readonly shared: OpenPiece | undefined;
  /** There are so many that they are to be finished before another is begun. */
  readonly areTooMany: boolean;
}

/** Decides which block to ask a peer for next, and keeps the pieces that are being received. */
export class BlockScheduler {
  /** Which pieces are wanted, and which may be started. */
  readonly selection: PieceSelection;
  readonly #geometry: PieceGeometry;
  readonly #have: Bitfield;
  readonly #picker: PickerPolicy;
  readonly #sink: CoreSink;
  readonly #peers: ReadonlyMap<PeerHandle, PeerState>;
  readonly #open = new Map<number, OpenPiece>();
  /** Pieces whose hash failed with several senders: asked for first, and of one peer alone. */
  readonly #suspect = new Set<number>();
  #isShortOfSlots = false;

  constructor(
    components: {
      readonly picker: PickerPolicy;
      readonly random: Random;
      readonly sink: CoreSink;
      readonly peers: ReadonlyMap<PeerHandle, PeerState>;
    },
    init: { readonly geometry: PieceGeometry; readonly have: Bitfield },
  ) {
    this.#geometry = init.geometry;
    this.#have = init.have;
    this.#picker = components.picker;
    this.#sink = components.sink;
    this.#peers = components.peers;
    this.selection = new PieceSelection({ random: components.random }, { have: init.have });
  }

  /** Whether a piece could not be opened for want of a buffer since the last call. */
  takeSlotShortage(): boolean {
    const wasShort = this.#isShortOfSlots;
    this.#isShortOfSlots = false;
    return wasShort;
  }

  /** The piece, if it is being received. */
  openPiece(piece: number): OpenPiece | undefined {
    return this.#open.get(piece);
  }

  /** The pieces that are being received and are not wanted any more. Those that wait for their hash are not among them. */
  unwantedPieces(): OpenPiece[] {
    return [...this.#open.values()].filter(
      (open) => !open.isComplete && !this.selection.isWanted(open.piece),
    );
  }

  /** Replaces the priorities: see {@link PieceSelection.setPriorities}. */
  setPriorities(priorities: Uint8Array | undefined): void {
    this.selection.setPriorities(priorities, (piece) => this.#open.has(piece));
  }

  /**
   * The next block to ask `peer` for: of the piece it works on, of one that failed, of one that was left unfinished, of
   * a new one, of one that another peer works on (before a new one when too many are unfinished), and in end game one
   * that another peer owes. A peer on parole works on pieces of its own.
   */
  next(peer: PeerState, now: number): BlockChoice | undefined {
    const askable = peer.hints.askable(peer.isChoking);
    const current = peer.current;
    if (current !== undefined && current.freeCount > 0 && askable.has(current.piece))
      return firstFree(current);
    const isOnParole = peer.parole.size > 0;
    const open = isOnParole ? this.#findOwn(peer, askable) : this.#findShared(peer, askable);
    if (open === undefined) return isOnParole ? undefined : this.#endGame(peer, askable, now);
    this.setCurrent(peer, open);
    return firstFree(open);
  }

  /** Makes `open` the piece that `peer` takes its next block from. */
  setCurrent(peer: PeerState, open: OpenPiece | undefined): void {
    if (peer.current !== undefined) peer.current.owners -= 1;
    peer.current = open;
    if (open !== undefined) open.owners += 1;
  }

  /** Forgets a piece's blocks. It can be picked again if it is wanted and was not verified. */
  close(open: OpenPiece, outcome: 'verified' | 'again'): void {
    this.#open.delete(open.piece);
    if (outcome === 'verified') this.#suspect.delete(open.piece);
    else this.selection.giveBack(open.piece);
    this.#sink.releasePiece(open.piece, open.slot);
  }

  /** The next time the piece is received, one peer sends all of it, so that a failure names its sender. */
  suspect(piece: number): void {
    this.#suspect.add(piece);
  }

  #findShared(peer: PeerState, askable: PieceSet): OpenPiece | undefined {
    const suspect = this.#suspectOf(askable);
    const open =
      (suspect === undefined ? undefined : this.#openPiece(peer, suspect, askable)) ??
      this.#findPartial(peer, askable);
    // Whoever had it to itself has left it.
    if (open !== undefined && open.soleSender !== peer.handle) open.soleSender = undefined;
    return open;
  }

  #findPartial(peer: PeerState, askable: PieceSet): OpenPiece | undefined {
    const { left, shared, areTooMany } = this.#partialPieces(askable);
    if (left !== undefined) return left;
    return (areTooMany ? shared : undefined) ?? this.#openNew(peer, askable) ?? shared;
  }

  #partialPieces(askable: PieceSet): PartialPieces {
    let shared: OpenPiece | undefined;
    let count = 0;
    let blocks = 0;
    for (const open of this.#open.values()) {
      if (open.freeCount === 0) continue;
      count += 1;
      blocks += open.blockCount;
      if (!askable.has(open.piece)) continue;
      if (open.owners === 0) return { left: open, shared: undefined, areTooMany: false };
      if (open.soleSender === undefined) shared ??= open;
    }
    const areTooMany =
      count > PARTIAL_PIECES_PER_PEER * this.#peers.size ||
      blocks * this.#geometry.blockSize > MAX_PARTIAL_BYTES;
    return { shared, areTooMany };
  }

  /** For a peer on parole: a piece of its own, one at a time; when there is no other, one that nobody works on. */
  #findOwn(peer: PeerState, askable: PieceSet): OpenPiece | undefined {
    for (const own of this.#open.values()) {
      if (own.soleSender === peer.handle && askable.has(own.piece))
        return own.freeCount > 0 ? own : undefined;
    }
    const open = this.#openNew(peer, askable) ?? this.#partialPieces(askable).left;
    if (open !== undefined) open.soleSender = peer.handle;
    return open;
  }

  /** A piece that failed before and that the peer can send. */
  #suspectOf(askable: PieceSet): number | undefined {
    for (const piece of this.#suspect) {
      if (askable.has(piece) && this.selection.isPickable(piece)) return piece;
    }
    return undefined;
  }

  /** A piece the peer suggested, or else one of the picker's choice. */
  #openNew(peer: PeerState, askable: PieceSet): OpenPiece | undefined {
    const piece =
      peer.hints.takeSuggestion((hint) => askable.has(hint) && this.selection.isPickable(hint)) ??
      this.#pick(askable);
    return piece === undefined ? undefined : this.#openPiece(peer, piece, askable);
  }

  #pick(askable: PieceSet): number | undefined {
    for (const tier of this.selection.tiers) {
      const piece = this.#picker.pick(tier, askable, this.#have.count);
      if (piece !== undefined) return piece;
    }
    return undefined;
  }

  #openPiece(peer: PeerState, piece: number, askable: PieceSet): OpenPiece | undefined {
    const slot = this.#sink.openPiece(piece);
    if (slot === undefined) {
      this.#isShortOfSlots = true;
      return undefined;
    }
    const isOwn = this.#suspect.has(piece) || peer.parole.size > 0;
    const open = new OpenPiece(piece, slot, this.#sizes(piece), isOwn ? peer.handle : undefined);
    this.selection.take(piece);
    this.#open.set(piece, open);
    if (!open.isComplete) return open;
    // Nothing but padding: there is nothing to ask for.
    this.#sink.verifyPiece(piece, slot, false);
    return this.#openNew(peer, askable);
  }

  #sizes(piece: number): { pieceSize: number; payloadSize: number; blockSize: number } {
    const { blockSize } = this.#geometry;
    return {
      pieceSize: this.#geometry.pieceSize(piece),
      payloadSize: this.#geometry.payloadSize(piece),
      blockSize,
    };
  }

  /**
   * When nothing is left to request, a peer with nothing to do is asked for one block that another peer owes for
   * longest (strict end game, as libtorrent's).
   */
  #endGame(peer: PeerState, askable: PieceSet, now: number): BlockChoice | undefined {
    if (this.selection.hasPickable || peer.outstanding.length > 0) return undefined;
    let oldest: BlockChoice | undefined;
    let oldestAt = now - END_GAME_AGE;
    for (const open of this.#open.values()) {
      if (open.isComplete || open.soleSender !== undefined || !askable.has(open.piece)) continue;
      for (let block = 0; block < open.blockCount; block += 1) {
        const isOwedOnce = !open.isReceived(block) && open.requesters(block) === 1;
        if (!isOwedOnce || open.requestedAt(block) >= oldestAt) continue;
        oldest = { open, block };
        oldestAt = open.requestedAt(block);
      }
    }
    return oldest;
  }
}

function firstFree(open: OpenPiece): BlockChoice | undefined {
  const block = open.firstFree();
  return block === undefined ? undefined : { open, block };
}
