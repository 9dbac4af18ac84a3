/** What a process is to its swarm; travels in the extension handshake so that seeder and peer bytes can be told apart. */
export type PeerClass = 'seeder' | 'agent' | 'client';

/** What limits and counters tell apart: the classes of peers, and the origins that web seeds are. */
export type TrafficClass = PeerClass | 'origin';

/** An address a peer listens on. */
export interface PeerAddress {
  /** An IPv4 or IPv6 address, or a host name. */
  readonly host: string;
  readonly port: number;
}

/**
 * Who named a peer: a tracker or the user; an announce in the local network (BEP 14); another peer (BEP 11). They are dialled
 * in this order, and of private torrents (BEP 27) the first alone.
 */
export type PeerOrigin = 'tracker' | 'lsd' | 'pex';

/** A peer that a torrent has nothing more to do with. */
export interface BannedPeer {
  /** 20 bytes. */
  readonly peerId: Uint8Array;
  /** Where it listens, as far as it is known. */
  readonly address: PeerAddress | undefined;
}

/** A web seed of a torrent. */
export interface WebSeedIdentity {
  readonly url: string;
}

export interface PeerSnapshot {
  readonly address: PeerAddress;
  readonly client: string;
  readonly peerClass: PeerClass;
  readonly incoming: boolean;
  /** What is sent is encrypted by RC4, as the peer demanded. */
  readonly encrypted: boolean;
  readonly complete: boolean;
  /** Payload bytes received from and sent to this peer. */
  readonly downloaded: number;
  readonly uploaded: number;
}
