import { type BlockRange, PIECE_HEADER_LENGTH, writePieceHeader } from '@shoal/protocol';
import { SEND_LOW_WATER, SPAN_SIZE } from '../constants.ts';
import type { PeerStream } from '../ports/peer-transport.ts';
import type { SpanPool } from '../span-pool.ts';

/** Consecutive blocks of one piece, read at once. */
interface Span {
  readonly piece: number;
  readonly begin: number;
  length: number;
  readonly blocks: BlockRange[];
}

/** Fills `target` with bytes of `piece` from `begin` on. Rejects with StoreError. */
export type BlockReader = (piece: number, begin: number, target: Uint8Array) => Promise<void>;

export interface BlockSenderComponents {
  readonly stream: PeerStream;
  readonly read: BlockReader;
  readonly spans: SpanPool;
  /** Asks the core for the next blocks, of about `budget` bytes; it answers through {@link BlockSender.add}. */
  readonly drain: (budget: number) => void;
  /** A read failed. */
  readonly onError: (error: unknown) => void;
}

/**
 * Sends the blocks a peer asked for. Consecutive blocks are read together, headers and payload leave in one writev, and
 * no more is read while SEND_LOW_WATER bytes are on their way.
 */
export class BlockSender {
  readonly #components: BlockSenderComponents;
  #pending: BlockRange[] = [];
  /** Bytes being read or not yet taken by the kernel. */
  #inFlight = 0;
  #isClosed = false;

  constructor(components: BlockSenderComponents) {
    this.#components = components;
  }

  /** A block to send, while {@link pump} drains the core. */
  add(block: BlockRange): void {
    this.#pending.push(block);
  }

  /** Sends what is asked for, as far as there is room. */
  pump = (): void => {
    while (!this.#isClosed && this.#inFlight < SEND_LOW_WATER) {
      if (this.#pending.length === 0) this.#components.drain(SPAN_SIZE);
      if (this.#pending.length === 0) return;
      const buffer = this.#components.spans.acquire(this.pump);
      if (buffer === undefined) return;
      const span = this.#takeSpan();
      this.#inFlight += span.length;
      void this.#send(span, buffer);
    }
  };

  close(): void {
    this.#isClosed = true;
    this.#pending = [];
  }

  #takeSpan(): Span {
    const blocks: BlockRange[] = [];
    let length = 0;
    for (const block of this.#pending) {
      const first = blocks[0] ?? block;
      const isNext = block.piece === first.piece && block.begin === first.begin + length;
      if (!isNext || length + block.length > SPAN_SIZE) break;
      blocks.push(block);
      length += block.length;
    }
    this.#pending.splice(0, blocks.length);
    return { piece: blocks[0]?.piece ?? 0, begin: blocks[0]?.begin ?? 0, length, blocks };
  }

  async #send(span: Span, buffer: Uint8Array): Promise<void> {
    try {
      await this.#components.read(span.piece, span.begin, buffer.subarray(0, span.length));
    } catch (error) {
      this.#done(span, buffer);
      if (!this.#isClosed) this.#components.onError(error);
      return;
    }
    if (this.#isClosed) this.#done(span, buffer);
    else this.#write(span, buffer);
  }

  #write(span: Span, buffer: Uint8Array): void {
    const { stream } = this.#components;
    const headers = new Uint8Array(span.blocks.length * PIECE_HEADER_LENGTH);
    let headerAt = 0;
    let payloadAt = 0;
    stream.cork();
    for (const [index, block] of span.blocks.entries()) {
      const headerEnd = writePieceHeader(headers, headerAt, block);
      const payloadEnd = payloadAt + block.length;
      const isLast = index === span.blocks.length - 1;
      stream.write(headers.subarray(headerAt, headerEnd), ignore);
      stream.write(buffer.subarray(payloadAt, payloadEnd), isLast ? () => this.#done(span, buffer) : ignore);
      headerAt = headerEnd;
      payloadAt = payloadEnd;
    }
    stream.uncork();
  }

  #done(span: Span, buffer: Uint8Array): void {
    this.#inFlight -= span.length;
    this.#components.spans.release(buffer);
    this.pump();
  }
}

function ignore(): void {
  // Only the last write of a span tells when its buffer is free.
}
