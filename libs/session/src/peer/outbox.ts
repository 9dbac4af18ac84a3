import { encodeMessage, type PeerMessage } from '@shoal/protocol';
import type { PeerStream } from '../ports/peer-transport.ts';

/** Gathers the small messages of one turn of the event loop into one write. */
export class Outbox {
  readonly #stream: PeerStream;
  readonly #onFlushed: () => void;
  #parts: Uint8Array[] = [];
  #pendingBytes = 0;

  /** @param onFlushed called after each write that the kernel has taken */
  constructor(stream: PeerStream, onFlushed: () => void) {
    this.#stream = stream;
    this.#onFlushed = onFlushed;
  }

  /** Bytes gathered and not written yet. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Returns the message's length on the wire, in bytes. */
  send(message: PeerMessage): number {
    if (this.#parts.length === 0) queueMicrotask(() => this.flush());
    const bytes = encodeMessage(message);
    this.#parts.push(bytes);
    this.#pendingBytes += bytes.length;
    return bytes.length;
  }

  /** Writes what was gathered, now rather than at the end of the turn. */
  flush(): void {
    const parts = this.#parts;
    if (parts.length === 0) return;
    this.#parts = [];
    this.#pendingBytes = 0;
    this.#stream.write(Buffer.concat(parts), this.#onFlushed);
  }
}
