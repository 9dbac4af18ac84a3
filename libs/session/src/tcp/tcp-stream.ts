import type { Socket } from 'node:net';
import type { PeerStream, PeerStreamHandler, TransportAddress } from '../ports/peer-transport.ts';

/** A TCP connection as a {@link PeerStream}. The owner of the socket's `onread` calls {@link deliver}. */
export class TcpStream implements PeerStream {
  readonly remote: TransportAddress;
  readonly #socket: Socket;
  #handler: PeerStreamHandler | undefined;
  #error: Error | undefined;
  #isClosed = false;

  constructor(socket: Socket, remote: TransportAddress) {
    this.#socket = socket;
    this.remote = remote;
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

  write(bytes: Uint8Array, onFlushed: () => void): void {
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

  destroy(): void {
    this.#socket.destroy();
  }
}
