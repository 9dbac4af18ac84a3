import type { Entries } from '../manifest/manifest.ts';
import { totalSizeOf } from '../manifest/validate.ts';
import { isPowerOfTwo, powerOfTwoAtLeast } from '../merkle/merkle-tree.ts';
import {
  MAX_CHOSEN_PIECE_LENGTH,
  MAX_HYBRID_FILES,
  MAX_HYBRID_PADDING,
  MIN_CHOSEN_PIECE_LENGTH,
  TARGET_PIECES,
} from './constants.ts';
import { alignUp } from './file-layout.ts';
import type { MetainfoFormat, SwarmProfile } from './profile.ts';

/** What the policy does not decide. */
export interface ProfileInit {
  readonly private: boolean;
  readonly source?: string;
  /** Overrides the choice of format. */
  readonly format?: MetainfoFormat;
}

/**
 * The profile of a tree's swarm (DESIGN §3.2). Format: hybrid while padding is at most 10 % of the content and files
 * are at most 10,000, else v2. Piece length: the smallest power of two that makes at most 1024 pieces of the content,
 * within 64 KiB – 16 MiB.
 */
export function chooseProfile(entries: Entries, init: ProfileInit): SwarmProfile {
  const pieceLength = choosePieceLength(totalSizeOf(entries));
  return {
    version: 1,
    format: init.format ?? chooseFormat(entries, pieceLength),
    pieceLength,
    private: init.private,
    ...(init.source === undefined ? {} : { source: init.source }),
  };
}

/** Whether a profile may have this piece length: a power of two, 64 KiB – 16 MiB. */
export function isPieceLengthOfProfile(pieceLength: number): boolean {
  const inBounds = pieceLength >= MIN_CHOSEN_PIECE_LENGTH && pieceLength <= MAX_CHOSEN_PIECE_LENGTH;
  return inBounds && isPowerOfTwo(pieceLength);
}

function choosePieceLength(size: number): number {
  const wanted = powerOfTwoAtLeast(size / TARGET_PIECES);
  return Math.min(Math.max(wanted, MIN_CHOSEN_PIECE_LENGTH), MAX_CHOSEN_PIECE_LENGTH);
}

function chooseFormat(entries: Entries, pieceLength: number): MetainfoFormat {
  // A lone file needs no padding.
  if (entries.length === 1) return 'hybrid';
  let files = 0;
  let content = 0;
  let padding = 0;
  for (const entry of entries) {
    if (entry.kind !== 'file') continue;
    files += 1;
    content += entry.length;
    padding += alignUp(entry.length, pieceLength) - entry.length;
  }
  return files <= MAX_HYBRID_FILES && padding <= content * MAX_HYBRID_PADDING ? 'hybrid' : 'v2';
}
