import {
  FIRST_DEADLINE,
  MAX_READ_AHEAD,
  MAX_READ_AHEAD_PIECES,
  MIN_READ_AHEAD_PIECES,
  MIN_READ_RATE,
  READ_AHEAD_TIME,
} from './constants.ts';

/** Where a reader is, in bytes of piece space (all pieces laid end to end). */
export interface ReadAheadInit {
  readonly position: number;
  /** Where it stops; above `position`. */
  readonly end: number;
  /** Bytes. */
  readonly pieceLength: number;
  /** What the torrent receives, in bytes per second. */
  readonly rate: number;
}

/**
 * The pieces that a reader needs next, and when: as far ahead as the torrent gets in READ_AHEAD_TIME at its rate, each by
 * the time at which that rate has brought everything up to its end.
 * @returns milliseconds from now, by piece, the earliest first
 */
export function readAhead({ position, end, pieceLength, rate }: ReadAheadInit): Map<number, number> {
  const usedRate = Math.max(rate, MIN_READ_RATE);
  const bytes = Math.min((usedRate * READ_AHEAD_TIME) / 1_000, MAX_READ_AHEAD);
  const count = Math.min(
    Math.max(Math.ceil(bytes / pieceLength), MIN_READ_AHEAD_PIECES),
    MAX_READ_AHEAD_PIECES,
  );
  const first = Math.floor(position / pieceLength);
  const last = Math.min(first + count, Math.ceil(end / pieceLength)) - 1;
  const deadlines = new Map<number, number>();
  for (let piece = first; piece <= last; piece += 1) {
    const distance = (piece + 1) * pieceLength - position;
    deadlines.set(piece, FIRST_DEADLINE + (distance * 1_000) / usedRate);
  }
  return deadlines;
}
