import { decodeMetadataMessage, encodeMetadataMessage, type ExtensionHandshake } from '@shoal/protocol';
import type { Extension, ExtensionPeer, ExtensionType } from './extension.ts';
import { METADATA_EXTENSION } from './metadata-server.ts';

/** What a peer says about metadata. */
export interface MetadataClientEvents {
  /** How long its metadata is, in bytes, whatever that is worth; undefined when it has none. */
  onSize(size: number | undefined): void;
  /** @param data only good until the call returns */
  onData(piece: number, totalSize: number, data: Uint8Array): void;
  onReject(piece: number): void;
}

/** Asks one peer for metadata (BEP 9). We have none ourselves to give. */
export class MetadataClient implements ExtensionType, Extension {
  readonly name = METADATA_EXTENSION;
  readonly #events: MetadataClientEvents;
  #peer: ExtensionPeer | undefined;

  constructor(events: MetadataClientEvents) {
    this.#events = events;
  }

  connect(peer: ExtensionPeer): Extension {
    this.#peer = peer;
    return this;
  }

  /** Asks for a piece. */
  ask(piece: number): void {
    this.#peer?.send(encodeMetadataMessage({ type: 'request', piece }));
  }

  onHandshake({ extensions, metadataSize }: ExtensionHandshake): void {
    this.#events.onSize(extensions.has(METADATA_EXTENSION) ? metadataSize : undefined);
  }

  onMessage(payload: Uint8Array): void {
    const message = decodeMetadataMessage(payload);
    if (message === undefined) return;
    const { piece } = message;
    if (message.type === 'data') this.#events.onData(piece, message.totalSize, message.data);
    else if (message.type === 'reject') this.#events.onReject(piece);
    else this.#peer?.send(encodeMetadataMessage({ type: 'reject', piece }));
  }
}
