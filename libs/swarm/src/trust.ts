import { MAX_STRIKES } from './constants.ts';
import type { PeerHandle } from './core-sink.ts';
import type { OpenPiece } from './open-piece.ts';
import type { PeerState } from './peer-state.ts';

/**
 * Who must go because a piece failed its hash: its only sender, or those who took part in too many failures. Everyone
 * else involved gets a strike, and the caller has the piece sent by one peer the next time.
 */
export function judgeFailedPiece(open: OpenPiece, peers: ReadonlyMap<PeerHandle, PeerState>): PeerState[] {
  const senders = open.senders();
  const guilty: PeerState[] = [];
  for (const handle of senders) {
    const peer = peers.get(handle);
    if (peer === undefined) continue;
    peer.strikes += 1;
    if (senders.size === 1 || peer.strikes >= MAX_STRIKES) guilty.push(peer);
  }
  return guilty;
}
