import type { WireInfoHash } from '@shoal/protocol';
import type { PeerAddress, PeerOrigin } from '../api/peer.ts';
import type { TorrentHashes } from '../api/torrent-hashes.ts';
import type { DialOutcome, PlannedDial } from './candidates.ts';
import type { NewPeer } from './connected-peers.ts';

/** A swarm that a session is in: to fetch and serve a torrent, or to find out what the torrent is. */
export interface JoinedSwarm {
  readonly hashes: TorrentHashes;
  /** One at least, in the order to dial with. */
  readonly wireHashes: readonly WireInfoHash[];
  /** Hex of the first info-hash, for logs and errors. */
  readonly name: string;
  readonly connectionCount: number;
  /** Whether peers may be found otherwise than by trackers: not for private torrents (BEP 27), nor before it is known. */
  readonly mayFindPeers: boolean;
  /** Adds peers to be dialled; bounded and deduplicated. */
  addPeers(peers: readonly PeerAddress[], origin?: PeerOrigin): void;
  /**
   * Whom to dial now (Clock milliseconds), among those `mayDial` lets through. Answer with {@link onDialFailed} or
   * {@link adopt}.
   */
  nextDial(now: number, mayDial: (address: PeerAddress) => boolean): PlannedDial | undefined;
  onDialFailed(address: PeerAddress, outcome: DialOutcome): void;
  /** Never dials this address again. */
  exclude(address: PeerAddress): void;
  /**
   * Takes over a peer that has shaken hands.
   * @throws DuplicatePeerError when it is connected already; Error when it is not wanted
   */
  adopt(peer: NewPeer): Promise<void>;
  /** Lets time pass. Returns whether further ticks are needed. */
  tick(now: number): boolean;
  /** Disconnects, and leaves the session. */
  remove(): Promise<void>;
}

/** What a joined swarm asks of its session. */
export interface SwarmHost {
  /** It may dial now, and needs ticks until {@link JoinedSwarm.tick} says otherwise. */
  wake(swarm: JoinedSwarm): void;
  /** It is closed for good. */
  forget(swarm: JoinedSwarm): void;
}
