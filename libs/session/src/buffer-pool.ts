import { GUARANTEED_BUFFERS } from './constants.ts';

/** One torrent's share of a {@link BufferPool}. */
export interface BufferShare {
  /**
   * A buffer over shared memory, exactly `size` bytes long (a piece length at most), its content undefined. Undefined
   * when the budget is used up and the torrent holds its guaranteed buffers already.
   */
  acquire(size: number): Uint8Array | undefined;
  release(buffer: Uint8Array): void;
  /** Gives up a buffer that a thread may still use: its memory is not handed out again. */
  discard(buffer: Uint8Array): void;
}

/** Memory for pieces, shared by the torrents of a session within a budget. */
export class BufferPool {
  readonly #budget: number;
  /** Free memory by its size. */
  readonly #free = new Map<number, SharedArrayBuffer[]>();
  #freeBytes = 0;
  #usedBytes = 0;

  /** @param budget bytes */
  constructor(budget: number) {
    this.#budget = budget;
  }

  /** Bytes handed out. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  get budget(): number {
    return this.#budget;
  }

  /**
   * Makes a torrent's share. All of its buffers have the memory of a whole piece, also for pieces that a file's end cuts
   * short: memory of many sizes would be dropped and made all the time, and the garbage collector does not feel the
   * weight of shared memory (an agent grew by 100 MiB).
   */
  createShare(pieceLength: number): BufferShare {
    let held = 0;
    return {
      acquire: (size) => {
        const isWithinBudget = this.#usedBytes + pieceLength <= this.#budget;
        if (!isWithinBudget && held >= GUARANTEED_BUFFERS) return undefined;
        held += 1;
        return new Uint8Array(this.#take(pieceLength), 0, size);
      },
      release: (buffer) => {
        held -= 1;
        this.#give(buffer.buffer as SharedArrayBuffer);
      },
      discard: (buffer) => {
        held -= 1;
        this.#usedBytes -= buffer.buffer.byteLength;
      },
    };
  }

  #take(size: number): SharedArrayBuffer {
    this.#usedBytes += size;
    const reused = this.#free.get(size)?.pop();
    if (reused !== undefined) {
      this.#freeBytes -= size;
      return reused;
    }
    // Memory of other sizes makes way.
    if (this.#usedBytes + this.#freeBytes > this.#budget) {
      this.#free.clear();
      this.#freeBytes = 0;
    }
    return new SharedArrayBuffer(size);
  }

  #give(memory: SharedArrayBuffer): void {
    const size = memory.byteLength;
    this.#usedBytes -= size;
    // Pieces of 16 MiB: the guaranteed buffers alone are above the budget, and made anew for each piece they would be
    // garbage that nobody collects (an agent grew to 2.7 GiB, measured).
    const limit = Math.max(this.#budget, GUARANTEED_BUFFERS * size);
    if (this.#usedBytes + this.#freeBytes + size > limit) return;
    const list = this.#free.get(size);
    if (list === undefined) this.#free.set(size, [memory]);
    else list.push(memory);
    this.#freeBytes += size;
  }

  /** Drops memory that is not handed out. */
  trim(): void {
    this.#free.clear();
    this.#freeBytes = 0;
  }
}
