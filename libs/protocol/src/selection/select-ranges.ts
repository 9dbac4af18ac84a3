import type { Entries } from '../manifest/manifest.ts';
import type { FileRange } from '../magnet/magnet.ts';
import type { MetainfoEntry } from '../metainfo/metainfo.ts';
import type { FileLevel } from './select-files.ts';
import { SelectionError } from './selection-error.ts';

/**
 * Wants the files of a torrent that have these indexes, and no others. They count as in libtorrent (2.0.8, seen), whose users
 * share such links (BEP 53): in the order of the torrent, each padding file being one, in v2 torrents too.
 * @throws SelectionError SHOAL_SELECTION_NO_MATCH when no file has one of them
 */
export function selectRanges(
  files: Entries<MetainfoEntry>,
  ranges: readonly FileRange[],
): (entry: Pick<MetainfoEntry, 'index'>) => FileLevel {
  const wanted = new Set<number>();
  let number = 0;
  let end = 0;
  for (const { index, offset, length } of files) {
    // Padding shows as a gap.
    if (offset > end) number += 1;
    if (ranges.some(({ first, last }) => number >= first && number <= last)) wanted.add(index);
    number += 1;
    end = Math.max(end, offset + length);
  }
  if (wanted.size === 0) {
    throw new SelectionError('SHOAL_SELECTION_NO_MATCH', 'no file has an index that the link selects (so)');
  }
  return ({ index }) => (wanted.has(index) ? 'normal' : 'skip');
}
