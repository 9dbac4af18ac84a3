import { type BlockRange, PIECE_HEADER_LENGTH, writePieceHeader } from '@shoal/protocol';
import { SEND_LOW_WATER, SPAN_SIZE } from '../constants.ts';
import type { LentBytes } from '../ports/content-store.ts';
import type { PeerStream } from '../ports/peer-transport.ts';
import type { SendBudget } from '../send-budget.ts';

/** Consecutive blocks of one piece, read at once. */
interface Span {
  readonly piece: number;
  readonly begin: number;
  readonly length: number;
  readonly blocks: readonly BlockRange[];
  /** Once it is read. */
  loan?: LentBytes;
}

/** Lends `length` bytes of `piece` from `begin` on. Rejects with StoreError. */
export type BlockReader = (piece: number, begin: number, length: number) => Promise<LentBytes>;

export interface BlockSenderComponents {
  readonly stream: PeerStream;
  readonly read: BlockReader;
  readonly budget: SendBudget;
  /** Asks the core for the next blocks, of about so many bytes; it answers through {@link BlockSender.add}. */
  readonly drain: (bytes: number) => void;
  /** The system has taken so many bytes of blocks, and what goes with them. */
  readonly onSent: (payload: number, headers: number) => void;
  /** A read failed. */
  readonly onError: (error: unknown) => void;
}

/**
 * Sends the blocks a peer asked for, in that order. Consecutive blocks are read together, headers and payload leave in
 * one writev straight from the store's memory, and no more is read while SEND_LOW_WATER bytes are on their way.
 */
export class BlockSender {
  readonly #components: BlockSenderComponents;
  #pending: BlockRange[] = [];
  /** Spans that are being read, and those that were read before one in front of them. */
  readonly #reading: Span[] = [];
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
      const count = countConsecutive(this.#pending);
      const length = lengthOf(this.#pending, count);
      if (count === 0 || !this.#components.budget.take(length, this.#inFlight === 0, this.pump)) return;
      this.#inFlight += length;
      const blocks = this.#pending.splice(0, count);
      void this.#send({ piece: blocks[0]?.piece ?? 0, begin: blocks[0]?.begin ?? 0, length, blocks });
    }
  };

  close(): void {
    this.#isClosed = true;
    this.#pending = [];
    for (const span of this.#reading.splice(0)) if (span.loan !== undefined) this.#done(span);
  }

  async #send(span: Span): Promise<void> {
    this.#reading.push(span);
    try {
      span.loan = await this.#components.read(span.piece, span.begin, span.length);
    } catch (error) {
      if (!this.#isClosed) this.#components.onError(error);
      this.#done(span);
      return;
    }
    if (this.#isClosed) this.#done(span);
    else this.#writeReady();
  }

  /** Writes what is read, up to the first span that is not. */
  #writeReady(): void {
    for (let span = this.#reading[0]; span?.loan !== undefined; span = this.#reading[0]) {
      this.#reading.shift();
      this.#write(span, span.loan.bytes);
    }
  }

  #write(span: Span, payload: Uint8Array): void {
    const { stream } = this.#components;
    const headers = Buffer.allocUnsafe(span.blocks.length * PIECE_HEADER_LENGTH);
    let headerAt = 0;
    let payloadAt = 0;
    stream.cork();
    for (const block of span.blocks) {
      const headerEnd = writePieceHeader(headers, headerAt, block);
      const payloadEnd = payloadAt + block.length;
      const isLast = payloadEnd === span.length;
      stream.write(headers.subarray(headerAt, headerEnd), ignore);
      stream.write(
        payload.subarray(payloadAt, payloadEnd),
        isLast ? (error) => this.#written(span, error) : ignore,
      );
      headerAt = headerEnd;
      payloadAt = payloadEnd;
    }
    stream.uncork();
  }

  /** @param error of a stream that failed before it took the span */
  #written(span: Span, error: Error | null | undefined): void {
    const headers = span.blocks.length * PIECE_HEADER_LENGTH;
    const isSent = error === null || error === undefined;
    if (isSent) this.#components.onSent(span.length, headers);
    this.#done(span);
  }

  #done(span: Span): void {
    this.#inFlight -= span.length;
    span.loan?.release();
    this.#components.budget.give(span.length);
    this.pump();
  }
}

/** How many of the first blocks follow each other within one span of their piece. */
function countConsecutive(blocks: readonly BlockRange[]): number {
  const [first] = blocks;
  if (first === undefined) return 0;
  const spanEnd = first.begin - (first.begin % SPAN_SIZE) + SPAN_SIZE;
  let end = first.begin + first.length;
  let count = 1;
  for (let next = blocks[count]; next !== undefined; next = blocks[count]) {
    const isNext = next.piece === first.piece && next.begin === end;
    if (!isNext || end + next.length > spanEnd) break;
    end += next.length;
    count += 1;
  }
  return count;
}

function lengthOf(blocks: readonly BlockRange[], count: number): number {
  let length = 0;
  for (let index = 0; index < count; index += 1) length += blocks[index]?.length ?? 0;
  return length;
}

function ignore(): void {
  // Only the last write of a span tells when its memory is free.
}
