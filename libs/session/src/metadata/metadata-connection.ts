import type { HashRange, MessageHandler, PeerMessage } from '@shoal/protocol';
import type { PeerAddress } from '../api/peer.ts';
import { WRITE_HIGH_WATER } from '../constants.ts';
import type { ExtensionType } from '../peer/extensions/extension.ts';
import { MetadataClient, type MetadataClientEvents } from '../peer/extensions/metadata-client.ts';
import type { LocalIdentity } from '../peer/local-identity.ts';
import { OwedHashes } from '../peer/owed-hashes.ts';
import type { PeerIdentity, PeerLink } from '../peer/peer-link.ts';
import { PeerWire } from '../peer/peer-wire.ts';
import type { PeerStream, TransportAddress } from '../ports/peer-transport.ts';
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
  readonly #events: MetadataConnectionEvents;
  readonly #client: MetadataClient;
  readonly #wire: PeerWire;
  readonly #owedHashes = new OwedHashes();
  #wasUseful = false;

  /** @param extensions spoken with the peer, beside that which asks for metadata */
  constructor(
    stream: PeerStream,
    init: MetadataConnectionInit,
    extensions: readonly ExtensionType[],
    events: MetadataConnectionEvents,
  ) {
    this.init = init;
    this.#events = events;
    this.#client = new MetadataClient({
      onSize: (size) => events.onSize(this, size),
      onData: (...data) => events.onData(this, ...data),
      onReject: (piece) => events.onReject(this, piece),
    });
    this.#wire = new PeerWire(
      {
        stream,
        handler: this,
        extensions: [this.#client, ...extensions],
        handle: () => undefined,
        events: {
          onRead: () => undefined,
          onSaid: () => this.#checkBacklog(),
          onFlushed: () => undefined,
          onClosed: (reason) => events.onClosed(this, reason),
        },
      },
      { ...init, pieceCount: undefined },
    );
  }

  get remote(): TransportAddress {
    return this.#wire.remote;
  }

  get local(): TransportAddress {
    return this.#wire.local;
  }

  get wasUseful(): boolean {
    return this.#wasUseful;
  }

  get listenAddress(): PeerAddress | undefined {
    return this.#wire.listenAddress;
  }

  /** Introduces us and starts to listen; `rest` are bytes that came already. */
  open(identity: LocalIdentity, rest: Uint8Array): void {
    // BEP 6: whoever speaks it says at once what it has.
    if (this.init.fast) this.#wire.send({ type: 'have-none' });
    this.#wire.introduce(identity);
    this.#wire.listen(rest);
  }

  askMetadata(piece: number): void {
    this.#client.ask(piece);
  }

  askHashes(range: HashRange): void {
    this.#owedHashes.ask();
    this.#wire.send({ type: 'hash-request', ...range });
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
    this.#wire.tick(now, false);
  }

  close(reason: string): void {
    this.#wire.close(reason);
  }

  end(reason: string): Promise<void> {
    return this.#wire.end(reason);
  }

  onMessage(message: PeerMessage): void {
    switch (message.type) {
      case 'extended':
        this.#wire.onExtended(message.extendedId, message.payload);
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

  /** Answers to what it asks are all that could pile up. */
  #checkBacklog(): void {
    if (this.#wire.bufferedBytes > WRITE_HIGH_WATER) this.close('asks much and reads nothing');
  }
}
