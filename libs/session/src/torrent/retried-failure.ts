import { RETRY_MAX, RETRY_MIN } from '../constants.ts';

/** The failure that keeps a torrent from working, and when it is tried again: after longer and longer pauses. */
export class RetriedFailure {
  #error: Error | undefined;
  #retryAt = 0;
  #pause = RETRY_MIN;

  /** Undefined while all is well. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** Something failed. Returns it as an Error. What fails together, such as all pieces on a full disk, counts once. */
  set(cause: unknown, now: number): Error {
    const isFirst = this.#error === undefined;
    this.#error = cause instanceof Error ? cause : new Error(String(cause));
    if (isFirst) {
      this.#retryAt = now + this.#pause;
      this.#pause = Math.min(RETRY_MAX, this.#pause * 2);
    }
    return this.#error;
  }

  /** Whether it is time to try again; then the failure is forgotten. */
  takeDue(now: number): boolean {
    if (this.#error === undefined || now < this.#retryAt) return false;
    this.#error = undefined;
    return true;
  }

  /** Something worked: the next pause is short again. */
  reset(): void {
    this.#pause = RETRY_MIN;
  }
}
