import { BEATS_TO_BELIEVE, MIN_BEAT } from './constants.ts';

/**
 * Tells whether a peer sends in beats: Transmission 3.00 does so twice a second. What such a peer sends is limited by what
 * is asked ahead, which has to last from beat to beat. It counts as one when all that it was asked for came at once several
 * times in a row, and until it sends without such pauses.
 */
export class SendBeat {
  /** When the first block after the last pause came, and how long the shortest of the pauses was; milliseconds. */
  #startedAt = 0;
  #pause = 0;
  /** Whether all that was asked for before that has come since. */
  #isWhole = true;
  #inARow = 0;

  /** Milliseconds from one beat to the next; 0 when the peer does not send in beats. */
  get interval(): number {
    return this.#isBelieved ? this.#pause : 0;
  }

  get #isBelieved(): boolean {
    return this.#inARow >= BEATS_TO_BELIEVE;
  }

  /**
   * A block has come. All times in milliseconds.
   * @param before when the one before came, or the first request was sent after there was none
   * @param owedSince when the oldest request was sent that is not answered; undefined when all are
   */
  onBlock(now: number, before: number, owedSince: number | undefined): void {
    if (now - before >= MIN_BEAT) this.#start(now, now - before);
    else if (now - this.#startedAt > 2 * this.#pause) this.#inARow = 0;
    if (this.#isWhole || (owedSince !== undefined && owedSince < this.#startedAt)) return;
    this.#isWhole = true;
    this.#inARow += 1;
  }

  #start(now: number, pause: number): void {
    if (!this.#isWhole && !this.#isBelieved) this.#inARow = 0;
    this.#pause = this.#isBelieved ? Math.min(this.#pause, pause) : pause;
    this.#isWhole = false;
    this.#startedAt = now;
  }
}
