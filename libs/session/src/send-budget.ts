import { MAX_SENDING_BYTES } from './constants.ts';

/** Bounds the bytes that all connections of a session have in flight: read, or being read, and not taken by the kernel. */
export class SendBudget {
  readonly #waiting = new Set<() => void>();
  #used = 0;

  /**
   * Takes `bytes`, while there are any left. Otherwise it answers false, and calls `onFree` once when they might be.
   * @param isFirst the connection has nothing in flight: it always gets what it asks for, so that peers which read nothing
   *   cannot keep others from being served
   */
  take(bytes: number, isFirst: boolean, onFree: () => void): boolean {
    if (!isFirst && this.#used >= MAX_SENDING_BYTES) {
      this.#waiting.add(onFree);
      return false;
    }
    this.#used += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#used -= bytes;
    for (const onFree of this.#waiting) {
      if (this.#used >= MAX_SENDING_BYTES) return;
      this.#waiting.delete(onFree);
      onFree();
    }
  }
}
