/**
 * Answers to hash requests (BEP 52) that a peer owes us. Each may be large, and costs us time even when it is of no use: who
 * gives more of them than were asked for is not listened to.
 */
export class OwedHashes {
  #owed = 0;

  /** The peer was asked for hashes. */
  ask(): void {
    this.#owed += 1;
  }

  /** An answer or a reject came. Returns whether the peer owed one; it may be late. */
  settle(): boolean {
    if (this.#owed === 0) return false;
    this.#owed -= 1;
    return true;
  }
}
