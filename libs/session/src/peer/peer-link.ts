import type { PeerAddress } from '../api/peer.ts';
import type { TransportAddress } from '../ports/peer-transport.ts';

/** What is known of a peer from its handshake on. */
export interface PeerIdentity {
  /** 20 bytes. */
  readonly peerId: Uint8Array;
  readonly incoming: boolean;
  /** The address that was dialled, or else that it dialled from. */
  readonly address: PeerAddress;
}

/** The ends of a connection. */
export interface ConnectionEnds {
  readonly remote: TransportAddress;
  readonly local: TransportAddress;
}

/** A connection to a peer of a swarm, whatever is exchanged over it. */
export interface PeerLink extends ConnectionEnds {
  readonly init: PeerIdentity;
  /** Where it can be dialled, as far as it is known. */
  readonly listenAddress: PeerAddress | undefined;
  /** Whether it has sent something that was wanted. */
  readonly wasUseful: boolean;
  /** Closes after the peer got what was written, within a deadline; the promise tells when. Idempotent. */
  end(reason: string): Promise<void>;
}

/** The connected peers of a swarm. */
export interface PeerLinks {
  all(): Iterable<PeerLink>;
  /** The connection to the peer of this id, if there is one. */
  find(peerId: Uint8Array): PeerLink | undefined;
}
