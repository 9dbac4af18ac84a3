import {
  decodeExtensionHandshake,
  encodeExtensionHandshake,
  type ExtensionHandshake,
  type PeerMessage,
} from '@shoal/protocol';
import { MAX_QUEUED_REQUESTS, type PeerHandle } from '@shoal/swarm';
import type { PeerAddress } from '../../api/peer.ts';
import type { LocalIdentity } from '../local-identity.ts';
import type { Extension, ExtensionPeer, ExtensionType } from './extension.ts';

/** What a channel needs of its connection. */
export interface ExtensionChannelComponents {
  /** As in ExtensionPeer. */
  readonly handle: () => PeerHandle | undefined;
  readonly host: string;
  readonly listenAddress: () => PeerAddress | undefined;
  readonly send: (message: PeerMessage) => void;
  /** Bytes said to the peer that are still in our memory. */
  readonly backlogBytes: () => number;
  readonly close: (reason: string) => void;
}

/**
 * Carries the messages of extensions between one peer and those that handle them (BEP 10). Messages come with the ids that
 * we have given the extensions, and leave with those that the peer has.
 */
export class ExtensionChannel {
  readonly #components: ExtensionChannelComponents;
  readonly #types: readonly ExtensionType[];
  /** By our ids, which count from 1. */
  readonly #extensions: readonly Extension[];
  /** The peer's ids. */
  #theirs: ReadonlyMap<string, number> = new Map();

  constructor(components: ExtensionChannelComponents, types: readonly ExtensionType[]) {
    this.#components = components;
    this.#types = types;
    this.#extensions = types.map((type) => type.connect(this.#peerOf(type.name)));
  }

  /** Says who we are, and which extensions we speak. */
  introduce({ client, port, peerClass, location }: LocalIdentity): void {
    const introductions = this.#types.map(({ introduction }) => introduction ?? {});
    const payload = encodeExtensionHandshake({
      ...(Object.assign({}, ...introductions) as Partial<ExtensionHandshake>),
      extensions: new Map(this.#types.map(({ name }, index) => [name, index + 1])),
      client,
      port,
      requestQueue: MAX_QUEUED_REQUESTS,
      shoalClass: peerClass,
      ...(location && { shoalZone: location.zone, shoalRack: location.rack }),
    });
    this.#components.send({ type: 'extended', extendedId: 0, payload });
  }

  /**
   * Hands an extended message to its extension; those of extensions we do not speak are ignored.
   * @returns the peer's introduction, when it is that
   * @throws ProtocolError when it is malformed
   */
  onMessage(extendedId: number, payload: Uint8Array): ExtensionHandshake | undefined {
    if (extendedId !== 0) {
      this.#extensions[extendedId - 1]?.onMessage(payload);
      return undefined;
    }
    const handshake = decodeExtensionHandshake(payload);
    this.#theirs = handshake.extensions;
    for (const extension of this.#extensions) extension.onHandshake?.(handshake);
    return handshake;
  }

  /** The connection has ended. */
  onClose(): void {
    for (const extension of this.#extensions) extension.onClose?.();
  }

  #peerOf(name: string): ExtensionPeer {
    const { handle, host, listenAddress, send, backlogBytes, close } = this.#components;
    return {
      get handle() {
        return handle();
      },
      host,
      get listenAddress() {
        return listenAddress();
      },
      get backlogBytes() {
        return backlogBytes();
      },
      send: (payload) => {
        const extendedId = this.#theirs.get(name);
        if (extendedId !== undefined) send({ type: 'extended', extendedId, payload });
      },
      close,
    };
  }
}
