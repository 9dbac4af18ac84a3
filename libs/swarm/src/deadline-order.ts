import { MAX_URGENT_PIECES } from './constants.ts';
import type { PeerHandle } from './core-sink.ts';
import type { PieceGeometry } from './geometry.ts';
import type { PeerState } from './peer-state.ts';
import type { PieceSet } from './picker-policy.ts';

type DeadlineOrderInit = Pick<PieceGeometry, 'pieceCount' | 'blockSize'>;

/** The pieces that are needed by a time, the earliest first, and who is to send them. */
export class DeadlineOrder {
  readonly #peers: ReadonlyMap<PeerHandle, PeerState>;
  readonly #geometry: DeadlineOrderInit;
  /** Deadlines by piece in milliseconds, the earliest first. */
  #deadlines = new Map<number, number>();
  /** The first of them: those that are fetched now. */
  #urgent: ReadonlyMap<number, number> = new Map();

  constructor(components: { readonly peers: ReadonlyMap<PeerHandle, PeerState> }, init: DeadlineOrderInit) {
    this.#peers = components.peers;
    this.#geometry = init;
  }

  get isEmpty(): boolean {
    return this.#deadlines.size === 0;
  }

  /**
   * Replaces the deadlines.
   * @param deadlines by piece, in milliseconds from now
   * @throws RangeError when there is no such piece, or a deadline is not a number
   */
  set(deadlines: ReadonlyMap<number, number>, now: number): void {
    for (const [piece, delay] of deadlines) this.#check(piece, delay);
    const sorted = [...deadlines].sort(([, a], [, b]) => a - b);
    this.#deadlines = new Map(sorted.map(([piece, delay]) => [piece, now + delay]));
    this.#update();
  }

  /** Forgets the pieces that need not be fetched. */
  prune(settled: PieceSet): void {
    for (const piece of this.#deadlines.keys()) if (settled.has(piece)) this.#deadlines.delete(piece);
    this.#update();
  }

  /** Those that are fetched now, the earliest first. */
  urgent(): readonly number[] {
    return [...this.#urgent.keys()];
  }

  /** Whether the piece is left to {@link choose}: who is too slow for it fetches something else. */
  isUrgent(piece: number): boolean {
    return this.#urgent.has(piece);
  }

  /**
   * The piece to ask a peer for: the one with the earliest deadline that the peer will meet, or else miss by less than
   * the other peers that can be asked for it.
   * @param askable what it may be asked for
   * @param isOpenTo whether there is a block of the piece to ask for
   */
  choose(
    peer: PeerState,
    askable: PieceSet,
    isOpenTo: (piece: number) => boolean,
    now: number,
  ): number | undefined {
    const delay = this.#delay(peer);
    for (const [piece, deadline] of this.#urgent) {
      if (!askable.has(piece) || !isOpenTo(piece)) continue;
      if (now + delay <= deadline || !this.#hasFaster(peer, piece, delay, now)) return piece;
    }
    return undefined;
  }

  /** The piece that a peer with nothing else to do may help with: the one with the latest deadline. */
  chooseLast(askable: PieceSet, isOpenTo: (piece: number) => boolean): number | undefined {
    return [...this.#urgent.keys()].findLast((piece) => askable.has(piece) && isOpenTo(piece));
  }

  /** The pieces whose time has passed, the earliest first. */
  *late(now: number): Generator<number> {
    for (const [piece, deadline] of this.#urgent) {
      if (deadline > now) return;
      yield piece;
    }
  }

  #check(piece: number, delay: number): void {
    const { pieceCount } = this.#geometry;
    const isValid = Number.isInteger(piece) && piece >= 0 && piece < pieceCount && Number.isFinite(delay);
    if (!isValid) throw new RangeError(`a deadline of ${delay} ms for piece ${piece} of ${pieceCount}`);
  }

  #update(): void {
    this.#urgent = new Map([...this.#deadlines].slice(0, MAX_URGENT_PIECES));
  }

  #hasFaster(peer: PeerState, piece: number, delay: number, now: number): boolean {
    for (const other of this.#peers.values()) {
      if (other === peer || this.#delay(other) >= delay) continue;
      const isAskable = other.hints.askable(other.isChoking).has(piece);
      if (isAskable && isReliable(other, now)) return true;
    }
    return false;
  }

  /** How long one block more of a peer takes, by its measured rate; milliseconds. */
  #delay(peer: PeerState): number {
    return ((peer.outstanding.length + 1) * this.#geometry.blockSize * 1_000) / peer.downloadRate.rate;
  }
}

function isReliable(peer: PeerState, now: number): boolean {
  return !peer.isClosing && !peer.isSnubbed && peer.parole.size === 0 && now >= peer.heldUntil;
}
