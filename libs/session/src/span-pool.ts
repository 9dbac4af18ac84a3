import { MAX_SPANS, SPAN_SIZE } from './constants.ts';

/** Buffers of SPAN_SIZE bytes for reading from stores, shared by all connections of a session. */
export class SpanPool {
  readonly #free: Uint8Array[] = [];
  readonly #waiting = new Set<() => void>();
  #count = 0;

  /** A buffer; undefined when all are in use, and then `onFree` is called once when one might be free. */
  acquire(onFree: () => void): Uint8Array | undefined {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#count < MAX_SPANS) {
      this.#count += 1;
      return Buffer.allocUnsafeSlow(SPAN_SIZE);
    }
    this.#waiting.add(onFree);
    return undefined;
  }

  release(span: Uint8Array): void {
    this.#free.push(span);
    for (const onFree of this.#waiting) {
      this.#waiting.delete(onFree);
      onFree();
      if (this.#free.length === 0) return;
    }
  }

  /** Drops memory that is not in use. */
  trim(): void {
    this.#count -= this.#free.length;
    this.#free.length = 0;
  }
}
