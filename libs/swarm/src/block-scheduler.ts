import type { Bitfield } from '@shoal/protocol';
import {
  END_GAME_AGE,
  END_GAME_ROUND_TRIPS,
  MAX_LOOKS,
  MAX_PARTIAL_BYTES,
  PARTIAL_PIECES_PER_PEER,
} from './constants.ts';
import type { CoreSink, PeerHandle } from './core-sink.ts';
import { DeadlineOrder } from './deadline-order.ts';
import { type BlockChoice, findOwedLongest } from './end-game.ts';
import { withFewPieces } from './few-pieces.ts';
import type { PieceGeometry } from './geometry.ts';
import { OpenPiece } from './open-piece.ts';
import type { PeerState } from './peer-state.ts';
import type { PickerPolicy, PieceSet } from './picker-policy.ts';
import { PieceSelection } from './piece-selection.ts';
import type { Random } from './random.ts';

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
  readonly #deadlines: DeadlineOrder;
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
    this.#deadlines = new DeadlineOrder(components, init.geometry);
    this.selection = new PieceSelection({ random: components.random }, { have: init.have });
  }

  /** Whether a piece could not be opened for want of a buffer since the last call: until the next, none is tried. */
  takeSlotShortage(): boolean {
    const wasShort = this.#isShortOfSlots;
    this.#isShortOfSlots = false;
    return wasShort;
  }

  /** The piece, if it is being received. */
  openPiece(piece: number): OpenPiece | undefined {
    return this.#open.get(piece);
  }

  /** Whether the block at `begin` of a piece is here, of a piece that is verified or one that is being received. */
  isReceived(piece: number, begin: number): boolean {
    const open = this.#open.get(piece);
    return open === undefined ? this.#have.has(piece) : open.isReceived(open.blockAt(begin));
  }

  /** Bytes of the blocks that are here of all pieces being received. */
  get receivedBytes(): number {
    let bytes = 0;
    for (const open of this.#open.values()) bytes += open.receivedBytes;
    return bytes;
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
    this.#deadlines.prune(this.selection.settled);
  }

  /** Replaces the deadlines: see {@link DeadlineOrder.set}. Those of pieces that need not be fetched are ignored. */
  setDeadlines(deadlines: ReadonlyMap<number, number>, now: number): void {
    this.#deadlines.set(deadlines, now);
    this.#deadlines.prune(this.selection.settled);
  }

  /** The pieces with a deadline that the peer has not said it has, as far as there is a block to ask it for. */
  wantedOf(peer: PeerState): readonly number[] {
    return this.#deadlines.urgent().filter((piece) => !peer.have.has(piece) && this.#isOpenTo(peer, piece));
  }

  /**
   * The next block to ask `peer` for: one whose deadline has passed and that another peer owes, of a piece with a
   * deadline that it is fast enough for, of the piece it works on, of
   * one that failed, of one that was left unfinished, of a new one, of one that another peer works on (before a new one
   * when too many are unfinished), of any with a deadline when it has nothing else to do, and in end game one that
   * another peer owes. A peer on parole works on pieces of its own.
   */
  next(peer: PeerState, now: number): BlockChoice | undefined {
    const askable = peer.hints.askable(peer.isChoking);
    const late = this.#findLate(peer, askable, now);
    if (late !== undefined) return late;
    const open = this.#deadlines.isEmpty
      ? this.#nextPiece(peer, askable)
      : this.#nextByDeadline(peer, askable, now);
    if (open === undefined) return peer.parole.size > 0 ? undefined : this.#endGame(peer, askable, now);
    if (open !== peer.current) this.setCurrent(peer, open);
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
    if (outcome === 'verified') this.#onVerified(open.piece);
    else this.selection.giveBack(open.piece);
    this.#sink.releasePiece(open.piece, open.slot);
  }

  /** The next time the piece is received, one peer sends all of it, so that a failure names its sender. */
  suspect(piece: number): void {
    this.#suspect.add(piece);
  }

  #onVerified(piece: number): void {
    this.#suspect.delete(piece);
    if (this.#deadlines.isUrgent(piece)) this.#deadlines.prune(this.selection.settled);
  }

  #nextPiece(peer: PeerState, askable: PieceSet): OpenPiece | undefined {
    const { current } = peer;
    if (current !== undefined && current.freeCount > 0 && askable.has(current.piece)) return current;
    return peer.parole.size > 0 ? this.#findOwn(peer, askable) : this.#findShared(peer, askable);
  }

  #nextByDeadline(peer: PeerState, askable: PieceSet, now: number): OpenPiece | undefined {
    const others: PieceSet = {
      has: (piece) => !this.#deadlines.isUrgent(piece) && askable.has(piece),
    };
    if (peer.parole.size > 0) return this.#nextPiece(peer, others);
    const isOpenTo = (piece: number): boolean => this.#isOpenTo(peer, piece);
    const urgent = this.#deadlines.choose(peer, askable, isOpenTo, now);
    const open = this.#openUrgent(peer, urgent, askable) ?? this.#nextPiece(peer, others);
    if (open !== undefined || peer.outstanding.length > 0) return open;
    return this.#openUrgent(peer, this.#deadlines.chooseLast(askable, isOpenTo), askable);
  }

  /** Whether there is a block of the piece that the peer may be asked for, as far as other peers are concerned. */
  #isOpenTo(peer: PeerState, piece: number): boolean {
    const open = this.#open.get(piece);
    if (open === undefined) return this.selection.isPickable(piece);
    const isShared = open.soleSender === undefined || open.soleSender === peer.handle || open.owners === 0;
    return open.freeCount > 0 && isShared;
  }

  #openUrgent(peer: PeerState, piece: number | undefined, askable: PieceSet): OpenPiece | undefined {
    if (piece === undefined) return undefined;
    const open = this.#open.get(piece) ?? this.#openPiece(peer, piece, askable);
    if (open !== undefined) takeOver(open, peer);
    return open;
  }

  #findShared(peer: PeerState, askable: PieceSet): OpenPiece | undefined {
    const suspect = this.#suspectOf(askable);
    const open =
      (suspect === undefined ? undefined : this.#openPiece(peer, suspect, askable)) ??
      this.#findPartial(peer, askable);
    if (open !== undefined) takeOver(open, peer);
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
    // What another peer has just been refused is not there for this one either.
    if (this.#isShortOfSlots) return undefined;
    const piece =
      peer.hints.takeSuggestion((hint) => askable.has(hint) && this.selection.isPickable(hint)) ??
      this.#pick(peer, askable);
    return piece === undefined ? undefined : this.#openPiece(peer, piece, askable);
  }

  #pick(peer: PeerState, askable: PieceSet): number | undefined {
    for (const tier of this.selection.tiers) {
      const askableOf = tier.length > MAX_LOOKS ? withFewPieces(peer, askable, this.selection) : askable;
      const piece = this.#picker.pick(tier, askableOf, this.#have.count, peer.isCounted ? 1 : 0);
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

  /** A block that is late already, and that another peer has had its time for. */
  #findLate(peer: PeerState, askable: PieceSet, now: number): BlockChoice | undefined {
    if (this.#deadlines.isEmpty || peer.parole.size > 0) return undefined;
    const ofOthers: OpenPiece[] = [];
    for (const piece of this.#deadlines.late(now)) {
      const open = this.#open.get(piece);
      const isOwn = peer.outstanding.some((request) => request.open === open);
      if (open !== undefined && !isOwn) ofOthers.push(open);
    }
    return findOwedLongest(ofOthers, askable, now, END_GAME_AGE);
  }

  /** When nothing is left to begin, a peer with nothing to do helps with what others owe. */
  #endGame(peer: PeerState, askable: PieceSet, now: number): BlockChoice | undefined {
    if (this.selection.hasPickable || peer.outstanding.length > 0) return undefined;
    const patience = Math.max(END_GAME_AGE, END_GAME_ROUND_TRIPS * peer.roundTrip.mean);
    return findOwedLongest(this.#open.values(), askable, now, patience);
  }
}

/** The peer takes part in the piece: whoever had it to itself has left it. */
function takeOver(open: OpenPiece, peer: PeerState): void {
  if (open.soleSender !== peer.handle) open.soleSender = undefined;
}

function firstFree(open: OpenPiece): BlockChoice | undefined {
  const block = open.firstFree();
  return block === undefined ? undefined : { open, block };
}
