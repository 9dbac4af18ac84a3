import type { Slot } from '@shoal/swarm';
import type { BufferShare } from '../buffer-pool.ts';

/** The buffers of the pieces that a torrent is receiving or writing. */
export class PieceBuffers {
  readonly #share: BufferShare;
  readonly #bySlot = new Map<Slot, Uint8Array>();
  /** Slots whose buffer a thread may still use after a failure. */
  readonly #tainted = new Set<Slot>();
  #nextSlot = 0;

  constructor(share: BufferShare) {
    this.#share = share;
  }

  /**
   * A buffer of `size` bytes, zeros from `payloadSize` on: padding is never requested, and the rest is overwritten in
   * full before it is looked at. Undefined when memory is short.
   */
  open(size: number, payloadSize: number): Slot | undefined {
    const buffer = this.#share.acquire(size);
    if (buffer === undefined) return undefined;
    buffer.fill(0, payloadSize);
    const slot = this.#nextSlot as Slot;
    this.#nextSlot += 1;
    this.#bySlot.set(slot, buffer);
    return slot;
  }

  get(slot: Slot): Uint8Array | undefined {
    return this.#bySlot.get(slot);
  }

  /** A thread may go on using the buffer: its memory is not to be used again. */
  taint(slot: Slot): void {
    this.#tainted.add(slot);
  }

  release(slot: Slot): void {
    const buffer = this.#bySlot.get(slot);
    if (buffer === undefined) return;
    this.#bySlot.delete(slot);
    if (this.#tainted.delete(slot)) this.#share.discard(buffer);
    else this.#share.release(buffer);
  }

  releaseAll(): void {
    for (const slot of [...this.#bySlot.keys()]) this.release(slot);
  }
}
