import { isSameDigest } from './block-digests.ts';
import { MAX_EVIDENCE_BLOCKS } from './constants.ts';
import type { PeerHandle } from './core-sink.ts';
import type { OpenPiece } from './open-piece.ts';

/** A copy of a piece that failed its hash: who sent each block, and the blocks' digests. */
interface FailedCopy {
  readonly senders: readonly (PeerHandle | undefined)[];
  readonly digests: Uint8Array;
}

/**
 * Copies of pieces that failed, kept until a good copy shows which blocks were bad: the way to the sender where no
 * Merkle leaves point at it (v1). The idea is libtorrent's "smart ban". Bounded: the oldest pieces are forgotten.
 */
export class Evidence {
  readonly #copies = new Map<number, FailedCopy[]>();
  #blocks = 0;

  /** Whether a copy of the piece is kept, so that digests of a good one are of use. */
  has(piece: number): boolean {
    return this.#copies.has(piece);
  }

  /** Keeps a failed copy. Returns the pieces that were forgotten for it. */
  add(open: OpenPiece, digests: Uint8Array): number[] {
    const senders = Array.from({ length: open.blockCount }, (_, block) => open.sender(block));
    const copies = this.#copies.get(open.piece) ?? [];
    this.#copies.set(open.piece, [...copies, { senders, digests }]);
    this.#blocks += open.blockCount;
    const forgotten: number[] = [];
    for (const piece of this.#copies.keys()) {
      if (this.#blocks <= MAX_EVIDENCE_BLOCKS) break;
      this.#take(piece);
      forgotten.push(piece);
    }
    return forgotten;
  }

  /** A good copy has these digests: returns everyone who sent a block that differs, and forgets the piece. */
  settle(piece: number, digests: Uint8Array): Set<PeerHandle> {
    const guilty = new Set<PeerHandle>();
    for (const copy of this.#take(piece)) {
      for (const [block, sender] of copy.senders.entries()) {
        if (sender !== undefined && !isSameDigest(copy.digests, digests, block)) guilty.add(sender);
      }
    }
    return guilty;
  }

  /** The piece will not be fetched. */
  forget(piece: number): void {
    this.#take(piece);
  }

  #take(piece: number): FailedCopy[] {
    const copies = this.#copies.get(piece) ?? [];
    this.#copies.delete(piece);
    for (const copy of copies) this.#blocks -= copy.senders.length;
    return copies;
  }
}
