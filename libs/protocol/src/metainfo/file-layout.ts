import type { Entries } from '../manifest/manifest.ts';
import { isPowerOfTwo } from '../merkle/merkle-tree.ts';
import { MAX_PIECE_LENGTH, MAX_PIECES, MIN_V2_PIECE_LENGTH } from './constants.ts';
import { MetainfoError } from './metainfo-error.ts';
import type { Metainfo } from './metainfo.ts';
import { PlacedEntries } from './placed-entries.ts';
import type { MetainfoFormat } from './profile.ts';

/** Where the entries of a torrent lie in piece space (all pieces laid end to end). */
export type FileLayout = Pick<
  Metainfo,
  'format' | 'files' | 'pieceLength' | 'pieceCount' | 'pieceSpaceLength'
>;

/** How a torrent cuts its content into pieces. */
export interface LayoutInit {
  readonly format: MetainfoFormat;
  /** Bytes. */
  readonly pieceLength: number;
  /** v1 only: pad files to whole pieces, as the other formats do (libtorrent `canonical_files`). @default false */
  readonly padded?: boolean;
}

/**
 * Lays entries, in their order, into piece space. In v2 and hybrid torrents every file begins a piece (BEP 52). In a
 * hybrid, and in a padded v1 torrent, padding fills the last piece too unless there is one file only: BEP 52 leaves
 * that open, libtorrent 2.0.8 does so (measured).
 * @throws MetainfoError SHOAL_METAINFO_PIECE_LENGTH, SHOAL_METAINFO_TOO_MANY_PIECES
 */
export function layOutFiles(entries: Entries, init: LayoutInit): FileLayout {
  const { format, pieceLength } = init;
  checkPieceLength(pieceLength, format);
  const aligned = format !== 'v1' || init.padded === true;
  const offsets = new Float64Array(entries.length);
  let end = 0;
  let next = 0;
  let index = 0;
  for (const entry of entries) {
    offsets[index++] = next;
    // Entries without content take no room, not even the padding in front of them.
    if (entry.kind === 'symlink' || entry.length === 0) continue;
    end = next + entry.length;
    next = aligned ? alignUp(end, pieceLength) : end;
  }
  const tailPadded = aligned && format !== 'v2' && entries.length > 1;
  const pieceSpaceLength = tailPadded ? next : end;
  return {
    format,
    files: new PlacedEntries(entries, offsets),
    pieceLength,
    pieceSpaceLength,
    pieceCount: countPieces(pieceSpaceLength, pieceLength),
  };
}

/**
 * Whether a tree is written in the single-file form: one regular file in the root whose name is the torrent's. Stock
 * clients then make no directory around it. (For v2 torrents libtorrent does so whatever the name is.)
 */
export function isSingleFile(entries: Entries, name: string): boolean {
  const entry = entries.at(0);
  return entries.length === 1 && entry?.kind === 'file' && entry.path.length === 1 && entry.path[0] === name;
}

/**
 * Number of pieces of a piece space.
 * @throws MetainfoError SHOAL_METAINFO_TOO_MANY_PIECES
 */
export function countPieces(pieceSpaceLength: number, pieceLength: number): number {
  const count = Math.ceil(pieceSpaceLength / pieceLength);
  if (count > MAX_PIECES) {
    const message = `${String(count)} pieces, at most ${String(MAX_PIECES)} are read`;
    throw MetainfoError.of('SHOAL_METAINFO_TOO_MANY_PIECES', message);
  }
  return count;
}

/**
 * Checks a piece length: v2 and hybrid take powers of two from 16 KiB (BEP 52), v1 any length (BEP 3), up to 128 MiB.
 * @throws MetainfoError SHOAL_METAINFO_PIECE_LENGTH
 */
export function checkPieceLength(pieceLength: number, format: MetainfoFormat): void {
  const valid =
    format === 'v1'
      ? Number.isSafeInteger(pieceLength) && pieceLength >= 1
      : isPowerOfTwo(pieceLength) && pieceLength >= MIN_V2_PIECE_LENGTH;
  if (!valid || pieceLength > MAX_PIECE_LENGTH) {
    throw MetainfoError.of(
      'SHOAL_METAINFO_PIECE_LENGTH',
      `a piece length of ${String(pieceLength)} in a ${format} torrent`,
    );
  }
}

/** The first multiple of `unit` that is at least `value`. */
export function alignUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
