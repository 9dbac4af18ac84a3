import { MAX_ALLOWED_PIECES, MAX_REFUSED_PIECES, MAX_SUGGESTED_PIECES, REFUSAL_HOLD } from './constants.ts';
import type { PieceSet } from './picker-policy.ts';

/** What a peer has told about single pieces with the Fast extension (BEP 6). Everything is bounded. */
export class PieceHints {
  readonly #have: () => PieceSet;
  #suggested: number[] = [];
  readonly #allowed = new Set<number>();
  readonly #refused = new Set<number>();
  #refusedAt = 0;

  /** @param have what the peer has */
  constructor(have: () => PieceSet) {
    this.#have = have;
  }

  /** Whether there are pieces that it sends although it chokes us. */
  get hasAllowed(): boolean {
    return this.#allowed.size > 0;
  }

  /** It would rather send this piece; the latest of its suggestions count. */
  suggest(piece: number): void {
    this.#suggested = [...this.#suggested.slice(1 - MAX_SUGGESTED_PIECES), piece];
  }

  /** It sends this piece although it chokes us. */
  allow(piece: number): void {
    if (this.#allowed.size < MAX_ALLOWED_PIECES) this.#allowed.add(piece);
  }

  isAllowed(piece: number): boolean {
    return this.#allowed.has(piece);
  }

  /** It rejected a request for the piece: it is not asked for it again for a while, and after many for nothing. */
  refuse(piece: number, now: number): void {
    this.#refused.add(piece);
    this.#refusedAt = now;
  }

  /** Forgets rejections: for good, or when they are old. */
  forgetRefusals(now = Infinity): void {
    if (this.#refused.size > 0 && now - this.#refusedAt >= REFUSAL_HOLD) this.#refused.clear();
  }

  /** The pieces to ask it for. */
  askable(isChoking: boolean): PieceSet {
    const have = this.#have();
    if (!isChoking && this.#refused.size === 0) return have;
    if (this.#refused.size >= MAX_REFUSED_PIECES) return NONE;
    return {
      has: (piece) =>
        have.has(piece) && !this.#refused.has(piece) && (!isChoking || this.#allowed.has(piece)),
    };
  }

  /** The first piece it suggested that `isWanted` lets through. Those that are not wanted are forgotten. */
  takeSuggestion(isWanted: (piece: number) => boolean): number | undefined {
    while (this.#suggested.length > 0) {
      const piece = this.#suggested.shift();
      if (piece !== undefined && isWanted(piece)) return piece;
    }
    return undefined;
  }
}

const NONE: PieceSet = { has: () => false };
