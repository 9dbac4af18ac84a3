import {
  type ExtensionHandshake,
  type MessageHandler,
  MessageParser,
  type PeerMessage,
} from '@shoal/protocol';
import type { PeerHandle } from '@shoal/swarm';
import type { PeerAddress } from '../api/peer.ts';
import type { PeerStream, TransportAddress } from '../ports/peer-transport.ts';
import { ExtensionChannel } from './extensions/extension-channel.ts';
import type { ExtensionType } from './extensions/extension.ts';
import type { LocalIdentity } from './local-identity.ts';
import { Outbox } from './outbox.ts';
import type { PeerIdentity } from './peer-link.ts';
import { Silence } from './silence.ts';

/** What a wire tells its connection, beside the messages. */
export interface PeerWireEvents {
  /** So many bytes came and were parsed. */
  onRead(bytes: number): void;
  /** A message of so many bytes is to be sent. */
  onSaid(bytes: number): void;
  /** The system has taken messages. */
  onFlushed(): void;
  /** It is over: no message comes any more. `reason` is for the log. */
  onClosed(reason: string): void;
}

/** What is known of the peer, and of the torrent. */
export interface PeerWireInit extends PeerIdentity {
  /** Undefined while it is not known. */
  readonly pieceCount: number | undefined;
  /** Clock milliseconds. */
  readonly now: number;
}

/**
 * The wire to one peer after the handshakes, whatever is said over it: parses what comes, gathers what is sent, introduces
 * us and learns where the peer can be dialled (BEP 10), keeps the connection alive, and ends it.
 */
export class PeerWire {
  readonly #init: PeerWireInit;
  readonly #stream: PeerStream;
  readonly #events: PeerWireEvents;
  readonly #parser: MessageParser;
  readonly #outbox: Outbox;
  readonly #extensions: ExtensionChannel;
  readonly #silence: Silence;
  #listenPort: number | undefined;
  #isPaused = false;
  #isClosed = false;

  constructor(
    components: {
      readonly stream: PeerStream;
      /** Takes the messages and blocks. */
      readonly handler: MessageHandler;
      readonly extensions: readonly ExtensionType[];
      /** Of the peer in the torrent's core. */
      readonly handle: () => PeerHandle | undefined;
      readonly events: PeerWireEvents;
    },
    init: PeerWireInit,
  ) {
    const { stream, handler, handle, events } = components;
    this.#init = init;
    this.#stream = stream;
    this.#events = events;
    this.#parser = new MessageParser(handler, init.pieceCount);
    this.#outbox = new Outbox(stream, () => events.onFlushed());
    this.#silence = new Silence(init.now);
    this.#extensions = new ExtensionChannel(
      {
        handle,
        host: stream.remote.host,
        listenAddress: () => this.listenAddress,
        send: (message) => this.send(message),
        backlogBytes: () => stream.bufferedBytes + this.#outbox.pendingBytes,
        close: (reason) => this.close(reason),
      },
      components.extensions,
    );
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get remote(): TransportAddress {
    return this.#stream.remote;
  }

  get local(): TransportAddress {
    return this.#stream.local;
  }

  get isEncrypted(): boolean {
    return this.#stream.isEncrypted;
  }

  /** Bytes written that the system has not taken yet. */
  get bufferedBytes(): number {
    return this.#stream.bufferedBytes;
  }

  /** The address the peer can be dialled at, as far as it is known. */
  get listenAddress(): PeerAddress | undefined {
    const { incoming, address } = this.#init;
    if (!incoming) return address;
    return this.#listenPort === undefined ? undefined : { host: address.host, port: this.#listenPort };
  }

  /** Says who we are, and which extensions we speak (BEP 10). */
  introduce(identity: LocalIdentity): void {
    this.#extensions.introduce(identity);
  }

  /** Takes what comes from now on; `rest` are bytes that came already. */
  listen(rest: Uint8Array): void {
    this.#stream.attach({
      onBytes: (chunk) => this.#onBytes(chunk),
      onClose: (error) => this.close(error?.message ?? 'closed by the peer'),
    });
    // A stream delivers once it is attached.
    this.setPaused(this.#isPaused);
    this.#onBytes(rest);
  }

  /** Sends a message, unless it is over. */
  send(message: PeerMessage): void {
    if (this.#isClosed) return;
    this.#silence.said();
    this.#events.onSaid(this.#outbox.send(message));
  }

  /** Blocks are sent, which do not go through {@link send}. */
  onBlocksSent(): void {
    this.#silence.said();
  }

  /**
   * Hands an extended message to its extension.
   * @returns the peer's introduction, when it is that
   * @throws ProtocolError when it is malformed
   */
  onExtended(extendedId: number, payload: Uint8Array): ExtensionHandshake | undefined {
    const handshake = this.#extensions.onMessage(extendedId, payload);
    this.#listenPort = handshake?.port ?? this.#listenPort;
    return handshake;
  }

  /** Stops or resumes reading; also before {@link listen}. */
  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (this.#isClosed) return;
    if (isPaused) this.#stream.pause();
    else this.#stream.resume();
  }

  /**
   * Keeps the connection alive, or closes it after too long a silence.
   * @param isExcused the peer's silence may be that we do not read
   */
  tick(now: number, isExcused: boolean): void {
    const due = this.#silence.tick(now, isExcused);
    if (due === 'give-up') this.close('inactive');
    else if (due === 'keep-alive') this.send({ type: 'keep-alive' });
  }

  /** Closes at once; what is not sent is lost. Idempotent. */
  close(reason: string): void {
    if (this.#isClosed) return;
    this.#stream.destroy();
    this.#leave(reason);
  }

  /** Closes after the peer got what was written, within a deadline; the promise tells when. Idempotent. */
  async end(reason: string): Promise<void> {
    if (this.#isClosed) return;
    this.#outbox.flush();
    const ended = this.#stream.end();
    this.#leave(reason);
    await ended;
  }

  #leave(reason: string): void {
    this.#isClosed = true;
    this.#parser.stop();
    this.#extensions.onClose();
    this.#events.onClosed(reason);
  }

  #onBytes(chunk: Uint8Array): void {
    this.#silence.heard();
    try {
      this.#parser.push(chunk);
    } catch (error) {
      // A ProtocolError: the peer does not speak the protocol.
      this.close(error instanceof Error ? error.message : 'protocol error');
    }
    this.#events.onRead(chunk.length);
  }
}
