import type { ManifestEntry } from '../manifest/manifest.ts';
import { isPowerOfTwo } from '../merkle/merkle-tree.ts';
import { MAX_PIECE_LENGTH, MAX_PIECES, MIN_V2_PIECE_LENGTH } from './constants.ts';
import { MetainfoError } from './metainfo-error.ts';
import type { Metainfo, MetainfoEntry } from './metainfo.ts';
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
export function layOutFiles(entries: readonly ManifestEntry[], init: LayoutInit): FileLayout {
  const { format, pieceLength } = init;
  checkPieceLength(pieceLength, format);
  const aligned = format !== 'v1' || init.padded === true;
  let end = 0;
  let next = 0;
  const files = entries.map((entry, index): MetainfoEntry => {
    const file = placeEntry(entry, index, next);
    // Entries without content take no room, not even the padding in front of them.
    if (file.length > 0) end = file.offset + file.length;
    next = aligned ? alignUp(end, pieceLength) : end;
    return file;
  });
  const tailPadded = aligned && format !== 'v2' && entries.length > 1;
  const pieceSpaceLength = tailPadded ? next : end;
  return {
    format,
    files,
    pieceLength,
    pieceSpaceLength,
    pieceCount: countPieces(pieceSpaceLength, pieceLength),
  };
}

/** The entry of a torrent for an entry of a manifest that lies at `offset`. */
export function placeEntry(entry: ManifestEntry, index: number, offset: number): MetainfoEntry {
  return entry.kind === 'symlink' ? { ...entry, index, offset, length: 0 } : { ...entry, index, offset };
}

/**
 * Whether a tree is written in the single-file form: one regular file in the root whose name is the torrent's. Stock
 * clients then make no directory around it. (For v2 torrents libtorrent does so whatever the name is.)
 */
export function isSingleFile(entries: readonly ManifestEntry[], name: string): boolean {
  const [entry] = entries;
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
