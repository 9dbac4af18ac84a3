import type { PeerHandle, Slot, TorrentCore } from '@shoal/swarm';
import { copyBytes } from './copy-bytes.ts';

/** What a receiver needs of the torrent, and tells it. */
export interface BlockReceiverComponents {
  readonly core: TorrentCore;
  /** The buffer of a slot of the core. */
  readonly bufferOf: (slot: Slot) => Uint8Array | undefined;
  /** A block of `bytes` is whole, whatever becomes of it. */
  readonly onReceived: (bytes: number) => void;
  /** The block was of use. */
  readonly onUseful: () => void;
}

/** Takes the blocks of one source, which come one after the other in chunks of any size, to where the core wants them. */
export class BlockReceiver {
  readonly #components: BlockReceiverComponents;
  readonly #handle: PeerHandle;
  /** Where the block that is arriving goes; undefined while it is discarded. */
  #target: Uint8Array | undefined;
  #targetAt = 0;
  #length = 0;

  /** @param handle what the core calls the source */
  constructor(components: BlockReceiverComponents, handle: PeerHandle) {
    this.#components = components;
    this.#handle = handle;
  }

  /** A block of `length` bytes begins. */
  start(piece: number, begin: number, length: number): void {
    const slot = this.#components.core.onBlockStart(this.#handle, piece, begin, length);
    this.#target = slot === undefined ? undefined : this.#components.bufferOf(slot);
    this.#targetAt = begin;
    this.#length = length;
  }

  /** Bytes `start` to `end` of a chunk belong to it. */
  add(chunk: Uint8Array, start: number, end: number): void {
    if (this.#target !== undefined) copyBytes(chunk, start, end, this.#target, this.#targetAt);
    this.#targetAt += end - start;
  }

  /** The block is whole. Returns whether it was of use. */
  end(): boolean {
    this.#target = undefined;
    this.#components.onReceived(this.#length);
    const isUseful = this.#components.core.onBlockEnd(this.#handle, this.#length);
    if (isUseful) this.#components.onUseful();
    return isUseful;
  }

  /** What is still to come of the arriving block is discarded: its buffer is another's. */
  discard(): void {
    this.#target = undefined;
  }
}
