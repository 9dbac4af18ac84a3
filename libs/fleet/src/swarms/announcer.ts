import type { PeerAddress } from '@shoal/session';

/** What a member says of itself in a swarm. */
export interface MemberStatus {
  /** Bytes missing; 0 for a complete copy. */
  readonly left: number;
  /** Payload bytes sent and received since joining. */
  readonly uploaded: number;
  readonly downloaded: number;
  /** Peers wanted now. */
  readonly numwant: number;
}

/** A swarm to be announced. */
export interface AnnouncedSwarm {
  /** 20 bytes, one of the grant's. */
  readonly infoHash: Uint8Array;
  readonly grant: string;
  /** host:port of tracker gRPC endpoints, all shards. */
  readonly trackerEndpoints: readonly string[];
  /** What holds when it is announced, again after each lost connection. */
  readonly status: () => MemberStatus;
  /** Called with the peers that the tracker names, best first. */
  readonly onPeers: (peers: readonly PeerAddress[]) => void;
  /** Called when the tracker says that another member got bad bytes from this one; any number of times. */
  readonly onReported: () => void;
}

/** A swarm that is being announced until it is left. */
export interface Announcement {
  update(status: MemberStatus): void;
  /** Shows the tracker a fresh grant. */
  renew(grant: string): void;
  /** Tells the tracker of a peer, by its id, that sent bytes that are not the swarm's. */
  report(peerId: Uint8Array): void;
  leave(): void;
}

/** Announces swarms to trackers, whatever becomes of connections and trackers meanwhile. */
export interface Announcer {
  join(swarm: AnnouncedSwarm): Announcement;
}
