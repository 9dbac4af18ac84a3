import { encodeMessage, type PeerMessage } from '@shoal/protocol';
import type { PeerStream } from '../ports/peer-transport.ts';

/** Gathers the small messages of one turn of the event loop into one write. */
export class Outbox {
  readonly #stream: PeerStream;
  readonly #onFlushed: () => void;
  #parts: Uint8Array[] = [];

  /** @param onFlushed called after each write that the kernel has taken */
  constructor(stream: PeerStream, onFlushed: () => void) {
    this.#stream = stream;
    this.#onFlushed = onFlushed;
  }

  send(message: PeerMessage): void {
    if (this.#parts.length === 0) queueMicrotask(() => this.flush());
    this.#parts.push(encodeMessage(message));
  }

  /** Writes what was gathered, now rather than at the end of the turn. */
  flush(): void {
    const parts = this.#parts;
    if (parts.length === 0) return;
    this.#parts = [];
    this.#stream.write(Buffer.concat(parts), this.#onFlushed);
  }
}
