import type { MseCiphers } from '@shoal/protocol';
import type { PeerStream, PeerStreamHandler, TransportAddress } from '../ports/peer-transport.ts';

/** A stream whose bytes go through the ciphers of an MSE handshake. */
export class EncryptedStream implements PeerStream {
  readonly isEncrypted = true;
  readonly #stream: PeerStream;
  readonly #ciphers: MseCiphers;

  constructor(stream: PeerStream, ciphers: MseCiphers) {
    this.#stream = stream;
    this.#ciphers = ciphers;
  }

  get remote(): TransportAddress {
    return this.#stream.remote;
  }

  get local(): TransportAddress {
    return this.#stream.local;
  }

  get bufferedBytes(): number {
    return this.#stream.bufferedBytes;
  }

  /** Decrypts in place: what is read is the handler's alone. */
  attach(handler: PeerStreamHandler): void {
    this.#stream.attach({
      onBytes: (chunk) => {
        this.#ciphers.decrypt.apply(chunk, chunk);
        handler.onBytes(chunk);
      },
      onClose: (error) => handler.onClose(error),
    });
  }

  /** Encrypts a copy: other peers are sent the same bytes. */
  write(bytes: Uint8Array, onFlushed: () => void): void {
    const encrypted = Buffer.allocUnsafe(bytes.length);
    this.#ciphers.encrypt.apply(bytes, encrypted);
    this.#stream.write(encrypted, onFlushed);
  }

  cork(): void {
    this.#stream.cork();
  }

  uncork(): void {
    this.#stream.uncork();
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  setReadSize(bytes: number): void {
    this.#stream.setReadSize(bytes);
  }

  destroy(): void {
    this.#stream.destroy();
  }

  end(): Promise<void> {
    return this.#stream.end();
  }
}
