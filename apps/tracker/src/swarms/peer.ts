import type { MemberRole } from '@shoal/contracts';

/** Who hears of what happens in a swarm at once: the stream of a host. */
export interface PeerListener {
  /** Another peer to connect to. */
  offer(peer: Peer): void;
  /** Somebody says that the peer sent bad bytes. */
  reported(): void;
  /** The peer was taken out because its grant ran out. */
  expired(): void;
}

/** What a peer says of itself when it joins. */
export interface PeerInit {
  /** Who it is: one peer a swarm. */
  readonly key: string;
  /** 4 or 16 bytes, and the same as text. */
  readonly address: Uint8Array;
  readonly host: string;
  readonly port: number;
  /** 20 bytes, or none. */
  readonly peerId: Uint8Array;
  readonly role: MemberRole;
  /** '' when unknown. */
  readonly zone: string;
  /** '' when unknown. */
  readonly rack: string;
  readonly complete: boolean;
  /** Peers it wants to have in all. */
  readonly wanted: number;
  /** When it is forgotten, in milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly listener?: PeerListener;
}

/** A member of a swarm. */
export interface Peer extends Readonly<Omit<PeerInit, 'complete' | 'wanted' | 'expiresAt' | 'listener'>> {
  complete: boolean;
  wanted: number;
  expiresAt: number;
  listener: PeerListener | undefined;
  /** Links it should have by now: peers it was handed, and peers it was handed to. */
  degree: number;
  /** Those among them to complete peers, while it is incomplete; only {@link SeederShares} touch it. */
  seederLinks: number;
  /** Its place in each {@link PeerList} it is in; only they touch it. */
  readonly places: [number, number, number];
  /** The hand-out in which it was looked at last; only the hand-out policy touches it. */
  mark: number;
}

/** A peer without links. */
export function createPeer(init: PeerInit): Peer {
  return { ...init, listener: init.listener, degree: 0, seederLinks: 0, places: [-1, -1, -1], mark: 0 };
}
