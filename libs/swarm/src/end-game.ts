import type { OpenPiece } from './open-piece.ts';
import type { PieceSet } from './picker-policy.ts';

/** A block to request. */
export interface BlockChoice {
  readonly open: OpenPiece;
  readonly block: number;
}

/**
 * The block that one other peer owes for longest, for strict end game as libtorrent's: each block is asked of two peers
 * at most, and the second is asked when the first has had its time for it. When a copy is here the other request is
 * cancelled.
 * @param pieces those that are being received
 * @param askable what the second peer may be asked for
 * @param patience the first one's time, in milliseconds
 */
export function findOwedLongest(
  pieces: Iterable<OpenPiece>,
  askable: PieceSet,
  now: number,
  patience: number,
): BlockChoice | undefined {
  let oldest: BlockChoice | undefined;
  let oldestAt = now - patience;
  for (const open of pieces) {
    if (open.isComplete || open.soleSender !== undefined || !askable.has(open.piece)) continue;
    for (let block = 0; block < open.blockCount; block += 1) {
      const isOwedOnce = !open.isReceived(block) && open.requesters(block) === 1;
      if (!isOwedOnce || open.requestedAt(block) >= oldestAt) continue;
      oldest = { open, block };
      oldestAt = open.requestedAt(block);
    }
  }
  return oldest;
}
