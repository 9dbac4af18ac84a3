/** Cores that can share a board. */
export const MAX_BOARD_OWNERS = 64;

/** Before the pieces: how many of them are out, in four bytes, then a byte for each owner that is there. */
const COUNT_BYTES = 4;
const HEADER_BYTES = COUNT_BYTES + MAX_BOARD_OWNERS;

/** What a piece's byte says, unless it is the number of the core that has claimed it. */
const WAITING = 0;
const OUT = 255;

/**
 * Which pieces of a torrent have left its seeder: for each whether it waits, was claimed by a core that shows it to one of
 * its peers, or is out. Several cores of one seeder, on threads of their own, may keep it in one shared memory; each change
 * is one atomic operation.
 */
export class FirstCopyBoard {
  readonly #outCount: Int32Array;
  /** 1 for each that is there; owner 1 has the first. */
  readonly #owners: Uint8Array;
  readonly #pieces: Uint8Array;
  readonly #owner: number;

  /**
   * @param memory of {@link bytesFor} the torrent's pieces, zeros at first; it may grow
   * @param owner number of the core among those that share the memory, from 1 to MAX_BOARD_OWNERS
   */
  constructor(memory: ArrayBufferLike, owner: number) {
    this.#outCount = new Int32Array(memory, 0, 1);
    this.#owners = new Uint8Array(memory, COUNT_BYTES, MAX_BOARD_OWNERS);
    this.#pieces = new Uint8Array(memory, HEADER_BYTES);
    this.#owner = owner;
  }

  /** Memory that a board takes, in bytes. */
  static bytesFor(pieceCount: number): number {
    return HEADER_BYTES + pieceCount;
  }

  /** Pieces that are out. */
  get outCount(): number {
    return Atomics.load(this.#outCount, 0);
  }

  isOut(piece: number): boolean {
    return Atomics.load(this.#pieces, piece) === OUT;
  }

  /** Whether nobody has claimed it, and it is not out. */
  isWaiting(piece: number): boolean {
    return Atomics.load(this.#pieces, piece) === WAITING;
  }

  /** Takes a piece to show it to a peer; false when it waits no more. */
  claim(piece: number): boolean {
    return Atomics.compareExchange(this.#pieces, piece, WAITING, this.#owner) === WAITING;
  }

  /** Gives a claimed piece back. One that is out meanwhile stays so. */
  release(piece: number): void {
    Atomics.compareExchange(this.#pieces, piece, this.#owner, WAITING);
  }

  markOut(piece: number): void {
    if (Atomics.exchange(this.#pieces, piece, OUT) !== OUT) Atomics.add(this.#outCount, 0, 1);
  }

  /** The owner's core is there. When it is the only one, its peers are a new swarm: all pieces wait. */
  join(): void {
    const isAlone = !this.#owners.some((_, index) => Atomics.load(this.#owners, index) === 1);
    Atomics.store(this.#owners, this.#owner - 1, 1);
    if (isAlone) this.#recall();
  }

  /** The owner's core is gone; what it has claimed waits again. */
  leave(): void {
    Atomics.store(this.#owners, this.#owner - 1, 0);
    for (let piece = 0; piece < this.#pieces.length; piece += 1) this.release(piece);
  }

  #recall(): void {
    for (let piece = 0; piece < this.#pieces.length; piece += 1) {
      const before = Atomics.compareExchange(this.#pieces, piece, OUT, WAITING);
      if (before === OUT) Atomics.sub(this.#outCount, 0, 1);
    }
  }
}
