import type { PeerHandle, Slot } from './core-sink.ts';

const NOBODY = -1;

/** A piece that is being received: which blocks are requested, arriving and here, and who sent them. */
export class OpenPiece {
  readonly piece: number;
  readonly slot: Slot;
  /** Bytes that are requested. */
  readonly payloadSize: number;
  readonly blockCount: number;
  /** Asked of this peer alone, because the piece failed its hash before, or the peer is on parole. */
  soleSender: PeerHandle | undefined;
  /** Number of peers that take their next block from here first. */
  owners = 0;
  readonly #size: number;
  readonly #blockSize: number;
  // Plain arrays: five typed ones are a kilobyte, which for a piece of one block is most of it.
  readonly #received: boolean[];
  /** Peers each block is requested from. */
  readonly #requesters: number[];
  readonly #requestedAt: number[];
  readonly #senders: number[];
  /** The peer whose bytes of the block are arriving right now. */
  readonly #receivers: number[];
  #freeCount: number;
  #missingCount: number;
  /** No block before it is free. */
  #firstFree = 0;

  /**
   * @param sizes in bytes: of the piece on the wire, of what is requested of it, of a block
   */
  constructor(
    piece: number,
    slot: Slot,
    sizes: { readonly pieceSize: number; readonly payloadSize: number; readonly blockSize: number },
    soleSender?: PeerHandle,
  ) {
    this.piece = piece;
    this.slot = slot;
    this.soleSender = soleSender;
    this.payloadSize = sizes.payloadSize;
    this.blockCount = Math.ceil(sizes.payloadSize / sizes.blockSize);
    this.#size = sizes.pieceSize;
    this.#blockSize = sizes.blockSize;
    this.#received = new Array<boolean>(this.blockCount).fill(false);
    this.#requesters = new Array<number>(this.blockCount).fill(0);
    this.#requestedAt = new Array<number>(this.blockCount).fill(0);
    this.#senders = new Array<number>(this.blockCount).fill(NOBODY);
    this.#receivers = new Array<number>(this.blockCount).fill(NOBODY);
    this.#freeCount = this.blockCount;
    this.#missingCount = this.blockCount;
  }

  /** Blocks that are neither here nor requested. */
  get freeCount(): number {
    return this.#freeCount;
  }

  get isComplete(): boolean {
    return this.#missingCount === 0;
  }

  /** Bytes of a block; the last one of the piece may be shorter. */
  blockLength(block: number): number {
    return Math.min(this.#blockSize, this.#size - this.blockBegin(block));
  }

  /** Where a block starts in the piece, in bytes. */
  blockBegin(block: number): number {
    return block * this.#blockSize;
  }

  /** The block that starts at `begin` or holds it. */
  blockAt(begin: number): number {
    return Math.floor(begin / this.#blockSize);
  }

  /** Bytes of the blocks that are here. */
  get receivedBytes(): number {
    let bytes = 0;
    for (let block = 0; block < this.blockCount; block += 1) {
      if (this.isReceived(block)) bytes += this.blockLength(block);
    }
    return bytes;
  }

  isReceived(block: number): boolean {
    return this.#received[block] ?? false;
  }

  requesters(block: number): number {
    return this.#requesters[block] ?? 0;
  }

  requestedAt(block: number): number {
    return this.#requestedAt[block] ?? 0;
  }

  /** The first free block; undefined when there is none. */
  firstFree(): number | undefined {
    if (this.#freeCount === 0) return undefined;
    while (this.isReceived(this.#firstFree) || this.requesters(this.#firstFree) > 0) this.#firstFree += 1;
    return this.#firstFree;
  }

  request(block: number, now: number): void {
    if (this.requesters(block) === 0 && !this.isReceived(block)) this.#freeCount -= 1;
    this.#requesters[block] = this.requesters(block) + 1;
    this.#requestedAt[block] = now;
  }

  /** A request is over, answered or not. */
  unrequest(block: number): void {
    this.#requesters[block] = this.requesters(block) - 1;
    if (this.requesters(block) > 0 || this.isReceived(block)) return;
    this.#freeCount += 1;
    this.#firstFree = Math.min(this.#firstFree, block);
  }

  receiver(block: number): PeerHandle | undefined {
    const handle = this.#receivers[block] ?? NOBODY;
    return handle === NOBODY ? undefined : (handle as PeerHandle);
  }

  setReceiver(block: number, peer: PeerHandle | undefined): void {
    this.#receivers[block] = peer ?? NOBODY;
  }

  /** The block is here. */
  receive(block: number, sender: PeerHandle): void {
    if (this.requesters(block) === 0) this.#freeCount -= 1;
    this.#received[block] = true;
    this.#senders[block] = sender;
    this.#receivers[block] = NOBODY;
    this.#missingCount -= 1;
  }

  /** A block that is here turned out to be bad: it is to be sent again. */
  reopen(block: number): void {
    this.#received[block] = false;
    this.#senders[block] = NOBODY;
    this.#missingCount += 1;
    if (this.requesters(block) > 0) return;
    this.#freeCount += 1;
    this.#firstFree = Math.min(this.#firstFree, block);
  }

  /** Who sent a block that is here. */
  sender(block: number): PeerHandle | undefined {
    const handle = this.#senders[block] ?? NOBODY;
    return handle === NOBODY ? undefined : (handle as PeerHandle);
  }

  /** Everyone who sent a block that is here. */
  senders(): Set<PeerHandle> {
    const senders = new Set<PeerHandle>();
    for (const handle of this.#senders) if (handle !== NOBODY) senders.add(handle as PeerHandle);
    return senders;
  }
}
