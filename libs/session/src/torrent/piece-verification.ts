import type { Slot, TorrentCore } from '@shoal/swarm';
import { DISK_HIGH_WATER, DISK_LOW_WATER } from '../constants.ts';
import type { ContentStore } from '../ports/content-store.ts';
import type { PieceBuffers } from './piece-buffers.ts';

/** What becomes of pieces, and of the disk that takes them. */
export interface PieceVerificationEvents {
  onPieceVerified(piece: number, size: number): void;
  onStoreError(error: unknown): void;
  /** While most of the memory is waiting for the disk, nothing more is to be received. */
  onDiskBehind(isBehind: boolean): void;
}

/** Has the pieces of one torrent hashed and written as they come in whole, and tells the core how that went. */
export class PieceVerification {
  readonly #core: TorrentCore;
  readonly #store: ContentStore;
  readonly #buffers: PieceBuffers;
  readonly #events: PieceVerificationEvents;
  /** Of the session's pieces, in bytes. */
  readonly #memory: number;
  readonly #underWay = new Set<Promise<void>>();
  #bytesUnderWay = 0;
  #isDiskBehind = false;
  #isClosed = false;

  constructor(
    components: {
      readonly core: TorrentCore;
      readonly store: ContentStore;
      readonly buffers: PieceBuffers;
      readonly events: PieceVerificationEvents;
    },
    init: { readonly memory: number },
  ) {
    this.#core = components.core;
    this.#store = components.store;
    this.#buffers = components.buffers;
    this.#events = components.events;
    this.#memory = init.memory;
  }

  /** As `CoreSink.verifyPiece`. */
  start(piece: number, slot: Slot, wantsDigests: boolean): void {
    const buffer = this.#buffers.get(slot);
    if (buffer === undefined) return;
    this.#count(buffer.length);
    const verifying = this.#verify(piece, slot, buffer, wantsDigests).finally(() => {
      this.#underWay.delete(verifying);
      this.#count(-buffer.length);
    });
    this.#underWay.add(verifying);
  }

  /** The core is told nothing any more; resolves when nothing is being hashed or written. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#underWay);
  }

  async #verify(piece: number, slot: Slot, buffer: Uint8Array, wantsDigests: boolean): Promise<void> {
    try {
      const outcome = await this.#store.verifyAndWrite(piece, buffer);
      const isMismatch = outcome === 'mismatch';
      const digests = isMismatch || wantsDigests ? await this.#store.digestBlocks(piece, buffer) : undefined;
      if (this.#isClosed) return;
      if (isMismatch) {
        this.#core.pieceRejected(piece, digests ?? new Uint8Array());
        return;
      }
      this.#core.pieceVerified(piece, digests);
      this.#events.onPieceVerified(piece, buffer.length);
    } catch (error) {
      this.#buffers.taint(slot);
      if (this.#isClosed) return;
      this.#core.setPaused(true);
      this.#core.pieceFailed(piece);
      this.#events.onStoreError(error);
    }
  }

  #count(bytes: number): void {
    this.#bytesUnderWay += bytes;
    const mark = this.#isDiskBehind ? DISK_LOW_WATER : DISK_HIGH_WATER;
    const isBehind = this.#bytesUnderWay > mark * this.#memory;
    if (isBehind === this.#isDiskBehind) return;
    this.#isDiskBehind = isBehind;
    this.#events.onDiskBehind(isBehind);
  }
}
