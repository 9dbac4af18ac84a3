import { type HashRange, type MessageHandler, MessageParser, type PeerMessage } from '@shoal/protocol';
import type { PeerAddress } from '../api.ts';
import { INACTIVITY_TIMEOUT, KEEP_ALIVE_INTERVAL, WRITE_HIGH_WATER } from '../constants.ts';
import { ExtensionChannel } from '../peer/extensions/extension-channel.ts';
import type { ExtensionType } from '../peer/extensions/extension.ts';
import { MetadataClient, type MetadataClientEvents } from '../peer/extensions/metadata-client.ts';
import type { LocalIdentity } from '../peer/local-identity.ts';
import { Outbox } from '../peer/outbox.ts';
import { OwedHashes } from '../peer/owed-hashes.ts';
import type { PeerStream, TransportAddress } from '../ports/peer-transport.ts';
import type { PeerIdentity, PeerLink } from '../torrent/peer-link.ts';
import type { MetadataSource } from './metadata-source.ts';

/** What a connection reports, each with itself. */
export interface MetadataConnectionEvents {
  onSize(connection: MetadataConnection, size: number | undefined): void;
  onData(connection: MetadataConnection, ...data: Parameters<MetadataClientEvents['onData']>): void;
  onReject(connection: MetadataConnection, piece: number): void;
  /** @param hashes only good until the call returns, as is the range's root */
  onHashes(connection: MetadataConnection, range: HashRange, hashes: Uint8Array): void;
  onHashReject(connection: MetadataConnection, range: HashRange): void;
  /** What it sent was of use. */
  onUseful(): void;
  /** The peer is to be banned. */
  onLie(connection: MetadataConnection): void;
  /** The connection is gone. `reason` is for the log. */
  onClosed(connection: MetadataConnection, reason: string): void;
}

/** What is known of the peer. */
export interface MetadataConnectionInit extends PeerIdentity {
  /** It speaks the Fast extension (BEP 6). */
  readonly fast: boolean;
  /** Clock milliseconds. */
  readonly now: number;
}

/**
 * A peer of a torrent whose metainfo we do not have yet. There is no core to feed: pieces, bitfields and requests mean
 * nothing so far, and are passed over.
 */
export class MetadataConnection implements PeerLink, MetadataSource, MessageHandler {
  readonly init: MetadataConnectionInit;
  readonly #stream: PeerStream;
  readonly #events: MetadataConnectionEvents;
  readonly #parser: MessageParser;
  readonly #outbox: Outbox;
  readonly #client: MetadataClient;
  readonly #extensions: ExtensionChannel;
  #listenPort: number | undefined;
  readonly #owedHashes = new OwedHashes();
  #wasUseful = false;
  #hasHeard = false;
  #hasSaid = false;
  #lastHeardAt: number;
  #lastSaidAt: number;
  #isClosed = false;

  /** @param extensions spoken with the peer, beside that which asks for metadata */
  constructor(
    stream: PeerStream,
    init: MetadataConnectionInit,
    extensions: readonly ExtensionType[],
    events: MetadataConnectionEvents,
  ) {
    this.init = init;
    this.#stream = stream;
    this.#events = events;
    this.#lastHeardAt = init.now;
    this.#lastSaidAt = init.now;
    this.#parser = new MessageParser(this, undefined);
    this.#outbox = new Outbox(stream, () => undefined);
    this.#client = new MetadataClient({
      onSize: (size) => events.onSize(this, size),
      onData: (...data) => events.onData(this, ...data),
      onReject: (piece) => events.onReject(this, piece),
    });
    this.#extensions = new ExtensionChannel(
      {
        host: stream.remote.host,
        listenAddress: () => this.listenAddress,
        send: (message) => this.#send(message),
        backlogBytes: () => stream.bufferedBytes + this.#outbox.pendingBytes,
        close: (reason) => this.close(reason),
      },
      [this.#client, ...extensions],
    );
  }

  get remote(): TransportAddress {
    return this.#stream.remote;
  }

  get local(): TransportAddress {
    return this.#stream.local;
  }

  get wasUseful(): boolean {
    return this.#wasUseful;
  }

  get listenAddress(): PeerAddress | undefined {
    if (!this.init.incoming) return this.init.address;
    const { host } = this.init.address;
    return this.#listenPort === undefined ? undefined : { host, port: this.#listenPort };
  }

  /** Introduces us and starts to listen; `rest` are bytes that came already. */
  open(identity: LocalIdentity, rest: Uint8Array): void {
    // BEP 6: whoever speaks it says at once what it has.
    if (this.init.fast) this.#send({ type: 'have-none' });
    this.#extensions.introduce(identity);
    this.#stream.attach({
      onBytes: (chunk) => this.#onBytes(chunk),
      onClose: (error) => this.close(error?.message ?? 'closed by the peer'),
    });
    this.#stream.resume();
    this.#onBytes(rest);
  }

  askMetadata(piece: number): void {
    this.#client.ask(piece);
  }

  askHashes(range: HashRange): void {
    this.#owedHashes.ask();
    this.#send({ type: 'hash-request', ...range });
  }

  markUseful(): void {
    this.#wasUseful = true;
    this.#events.onUseful();
  }

  ban(): void {
    this.#events.onLie(this);
    this.close("sent metadata that is not the torrent's");
  }

  /** Keeps the connection alive, or closes it after too long a silence. */
  tick(now: number): void {
    if (this.#hasHeard) this.#lastHeardAt = now;
    if (this.#hasSaid) this.#lastSaidAt = now;
    this.#hasHeard = false;
    this.#hasSaid = false;
    if (now - this.#lastHeardAt > INACTIVITY_TIMEOUT) this.close('inactive');
    else if (now - this.#lastSaidAt > KEEP_ALIVE_INTERVAL) this.#send({ type: 'keep-alive' });
  }

  close(reason: string): void {
    if (this.#isClosed) return;
    this.#stream.destroy();
    this.#leave(reason);
  }

  async end(reason: string): Promise<void> {
    if (this.#isClosed) return;
    this.#outbox.flush();
    const ended = this.#stream.end();
    this.#leave(reason);
    await ended;
  }

  onMessage(message: PeerMessage): void {
    switch (message.type) {
      case 'extended':
        this.#listenPort =
          this.#extensions.onMessage(message.extendedId, message.payload)?.port ?? this.#listenPort;
        break;
      case 'hashes':
        if (this.#owedHashes.settle()) this.#events.onHashes(this, message, message.hashes);
        else this.close('sends hashes that nobody asked for');
        break;
      case 'hash-reject':
        if (this.#owedHashes.settle()) this.#events.onHashReject(this, message);
        else this.close('rejects what nobody asked for');
        break;
      default:
    }
  }

  onBlockStart(): void {
    this.close('sent a block that nobody asked for');
  }

  onBlockBytes(): void {
    // The connection is closed when a block begins.
  }

  onBlockEnd(): void {
    // The connection is closed when a block begins.
  }

  #onBytes(chunk: Uint8Array): void {
    this.#hasHeard = true;
    try {
      this.#parser.push(chunk);
    } catch (error) {
      // A ProtocolError: the peer does not speak the protocol.
      this.close(error instanceof Error ? error.message : 'protocol error');
    }
  }

  #send(message: PeerMessage): void {
    if (this.#isClosed) return;
    this.#hasSaid = true;
    this.#outbox.send(message);
    // Answers to what it asks are all that could pile up.
    if (this.#stream.bufferedBytes > WRITE_HIGH_WATER) this.close('asks much and reads nothing');
  }

  #leave(reason: string): void {
    this.#isClosed = true;
    this.#parser.stop();
    this.#extensions.onClose();
    this.#events.onClosed(this, reason);
  }
}
