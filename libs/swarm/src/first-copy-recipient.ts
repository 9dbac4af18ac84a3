import type { PeerState } from './peer-state.ts';
import { RepeatedCopies } from './repeated-copies.ts';

/** A piece that one peer was shown and has not told us to have. */
interface Grant {
  /** Payload bytes not sent yet. */
  left: number;
  /** When its latest block was sent, in milliseconds. */
  sentAt: number;
}

/** What the first copies know of a peer. */
export interface FirstCopyRecipient {
  readonly peer: PeerState;
  readonly grants: Map<number, Grant>;
  readonly repeats: RepeatedCopies;
  /** Pieces shown to it so far. */
  shown: number;
  /** When it was last shown a piece or sent a block, in milliseconds. */
  movedAt: number;
  /** It may see everything: it left lying what it was shown, or nobody else was there. */
  seesAll: boolean;
  /** Pieces below were shown to it because it may see everything. */
  cursor: number;
}

/** A peer that was shown nothing yet. */
export function createRecipient(peer: PeerState, now: number): FirstCopyRecipient {
  const repeats = new RepeatedCopies();
  return { peer, grants: new Map(), repeats, shown: 0, movedAt: now, seesAll: false, cursor: 0 };
}

/** The peer with the fewest pieces under way, and among those the one that was shown the fewest. */
export function neediestFor(
  piece: number,
  recipients: Iterable<FirstCopyRecipient>,
): FirstCopyRecipient | undefined {
  let best: FirstCopyRecipient | undefined;
  for (const recipient of recipients) {
    const { peer, seesAll, grants, shown } = recipient;
    if (seesAll || peer.isClosing || peer.have.has(piece) || grants.has(piece)) continue;
    const difference = best === undefined ? -1 : grants.size - best.grants.size || shown - best.shown;
    if (difference < 0) best = recipient;
  }
  return best;
}
