import { FIRST_COPIES_PATIENCE, FIRST_COPIES_REPEATED } from './constants.ts';

/**
 * Pieces that one peer is shown because it needs them soon, though others were: a few at a time, because each is sent twice.
 */
export class RepeatedCopies {
  /** When each was shown, or a block of it was sent last; milliseconds. */
  readonly #movedAt = new Map<number, number>();

  get isFull(): boolean {
    return this.#movedAt.size >= FIRST_COPIES_REPEATED;
  }

  has(piece: number): boolean {
    return this.#movedAt.has(piece);
  }

  add(piece: number, now: number): void {
    this.#movedAt.set(piece, now);
  }

  /** A block of a piece was sent. */
  onSent(piece: number, now: number): void {
    if (this.#movedAt.has(piece)) this.#movedAt.set(piece, now);
  }

  /** The peer has the piece. */
  onHave(piece: number): void {
    this.#movedAt.delete(piece);
  }

  /** Forgets those that the peer has asked nothing of for a while: it may need others by now. */
  tick(now: number): void {
    for (const [piece, movedAt] of this.#movedAt)
      if (now - movedAt > FIRST_COPIES_PATIENCE) this.#movedAt.delete(piece);
  }
}
