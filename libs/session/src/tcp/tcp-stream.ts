import type { Socket } from 'node:net';
import { GRACEFUL_CLOSE } from '../constants.ts';
import type { PeerStream, PeerStreamHandler, TransportAddress } from '../ports/peer-transport.ts';

/** Nobody listens any more. */
const DEAF: PeerStreamHandler = { onBytes: () => undefined, onClose: () => undefined };

/** A TCP connection as a {@link PeerStream}. The owner of the socket's `onread` calls {@link deliver}. */
export class TcpStream implements PeerStream {
  readonly isEncrypted = false;
  readonly remote: TransportAddress;
  readonly local: TransportAddress;
  readonly #socket: Socket;
  #handler: PeerStreamHandler | undefined;
  #error: Error | undefined;
  #isClosed = false;
  #ending: Promise<void> | undefined;
  #readSize = Infinity;

  constructor(socket: Socket, ends: { readonly remote: TransportAddress; readonly local: TransportAddress }) {
    this.#socket = socket;
    this.remote = ends.remote;
    this.local = ends.local;
    socket.setNoDelay(true);
    socket.on('error', (error) => {
      this.#error = error;
    });
    // A peer that has said its last word is of no use: nothing answers it.
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      this.#isClosed = true;
      this.#handler?.onClose(this.#error);
    });
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  attach(handler: PeerStreamHandler): void {
    this.#handler = handler;
    if (this.#isClosed) queueMicrotask(() => handler.onClose(this.#error));
    else this.#socket.resume();
  }

  deliver(chunk: Uint8Array): void {
    this.#handler?.onBytes(chunk);
  }

  write(bytes: Uint8Array, onFlushed: (error?: Error | null) => void): void {
    this.#socket.write(bytes, onFlushed);
  }

  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  setReadSize(bytes: number): void {
    this.#readSize = bytes;
  }

  /** The part of `buffer` that may be read into. */
  readBuffer(buffer: Uint8Array): Uint8Array {
    return this.#readSize < buffer.length ? buffer.subarray(0, this.#readSize) : buffer;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  /**
   * Reads on until the peer ends its side too: a socket that is closed with bytes unread sends a reset, and the peer's
   * system then throws away what we wrote and it has not read yet.
   */
  #end(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    this.#handler = DEAF;
    this.#socket.end();
    this.#socket.resume();
    const socket = this.#socket;
    return new Promise((resolve) => {
      const deadline = setTimeout(() => socket.destroy(), GRACEFUL_CLOSE);
      socket.once('close', () => {
        clearTimeout(deadline);
        resolve();
      });
    });
  }
}
