import type { BlockRange } from '@shoal/protocol';
import type { BlockReceiver } from '../peer/block-receiver.ts';

/** Cuts the bytes of a run of adjacent blocks into blocks, and hands them on one after the other. */
export class RunWriter {
  readonly #run: BlockRange[];
  readonly #receiver: BlockReceiver;
  readonly #onDropped: (bytes: number) => void;
  /** Blocks that nobody waits for any more: their bytes are dropped. */
  readonly #cancelled = new Set<BlockRange>();
  /** Bytes of the first block that have come. */
  #done = 0;

  /** @param run is emptied @param onDropped told of the bytes of each cancelled block */
  constructor(run: BlockRange[], receiver: BlockReceiver, onDropped: (bytes: number) => void) {
    this.#run = run;
    this.#receiver = receiver;
    this.#onDropped = onDropped;
  }

  /** A block is not wanted any more. One that is arriving is the core's affair. */
  cancel(piece: number, begin: number): void {
    const block = this.#run.find((candidate) => candidate.piece === piece && candidate.begin === begin);
    if (block !== undefined && !(block === this.#run[0] && this.#done > 0)) this.#cancelled.add(block);
  }

  /** The next bytes of the run. */
  add(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) {
      const [block] = this.#run;
      if (block === undefined) return;
      const end = Math.min(chunk.length, at + block.length - this.#done);
      this.#addTo(block, chunk, at, end);
      at = end;
    }
  }

  #addTo(block: BlockRange, chunk: Uint8Array, start: number, end: number): void {
    const isWanted = !this.#cancelled.has(block);
    if (isWanted && this.#done === 0) this.#receiver.start(block.piece, block.begin, block.length);
    if (isWanted) this.#receiver.add(chunk, start, end);
    this.#done += end - start;
    if (this.#done < block.length) return;
    this.#run.shift();
    this.#done = 0;
    if (isWanted) this.#receiver.end();
    else this.#onDropped(block.length);
  }
}
