import type { ExtensionHandshake } from '@shoal/protocol';
import type { PeerHandle } from '@shoal/swarm';
import type { PeerAddress } from '../../api/peer.ts';

/** The peer that an extension is spoken with. */
export interface ExtensionPeer {
  /** Its own in the torrent's core; undefined before it has joined that, and where there is none. */
  readonly handle: PeerHandle | undefined;
  /** The address it is connected from, or was dialled at. */
  readonly host: string;
  /** Where it can be dialled, as far as it is known. */
  readonly listenAddress: PeerAddress | undefined;
  /** Bytes said to it, by whatever extension or message, that are still in our memory. */
  readonly backlogBytes: number;
  /** Sends a message of the extension; nothing when the peer does not know the extension. */
  send(payload: Uint8Array): void;
  /** Ends the connection. `reason` is for the log. */
  close(reason: string): void;
}

/** An extension as it is spoken with one peer: from the connection's beginning to its end. */
export interface Extension {
  /** The peer has introduced itself. It may do so again (BEP 10). */
  onHandshake?(handshake: ExtensionHandshake): void;
  /**
   * A message came.
   * @param payload only good until the call returns
   * @throws ProtocolError when it is malformed, which ends the connection
   */
  onMessage(payload: Uint8Array): void;
  /** The peer is gone. */
  onClose?(): void;
}

/**
 * An extension of the peer wire (BEP 10) that a torrent speaks with each of its peers: ut_metadata and the like. What it
 * needs of the torrent, it was made with.
 */
export interface ExtensionType {
  /** As peers know it. */
  readonly name: string;
  /** What our handshake says for its sake, beside its name. */
  readonly introduction?: Partial<ExtensionHandshake>;
  /** A peer is there. It may turn out not to know the extension. */
  connect(peer: ExtensionPeer): Extension;
}
