import type { PeerMessage } from '@shoal/protocol';
import type { BannedPeer, WebSeedIdentity } from '../api/peer.ts';

/**
 * Anything that gives a torrent blocks. It joins the core as a peer, says by the core's messages what it has and whether
 * it may be asked, and brings the blocks it was asked for. The torrent needs no more than this of any source; what only
 * the peers of a swarm do (handshakes, requests of their own, hash requests) is between them and `ConnectedPeers`.
 *
 * The core may be in the middle of something when it calls: a source answers later, never from within a call.
 */
export interface BlockSource {
  /** Who is to be banned when its blocks turn out to be bad. */
  readonly identity: BannedPeer | WebSeedIdentity;
  /** What the core says to it: requests, cancels, what we have. */
  send(message: PeerMessage): void;
  /** What is still to come of the arriving block is to be discarded, and written nowhere. */
  stopReceiving(): void;
  /** Stops and resumes the delivery of blocks, while the disk is behind; also before any has come. */
  setPausedByDisk(isPaused: boolean): void;
  /** Lets time pass: about every TICK_INTERVAL. */
  tick(now: number): void;
  /** Leaves at once; what is not sent is lost. Idempotent. */
  close(reason: string): void;
  /** Leaves after what was said has been sent, within a deadline; resolves then. Idempotent. */
  end(reason: string): Promise<void>;
}
