import { MAX_V1_ENTRIES } from '../metainfo/constants.ts';
import { MAX_MAGNET_RANGES } from './constants.ts';
import type { FileRange } from './magnet.ts';

/** `5` or `3-7` (BEP 53). */
const RANGE = /^(\d{1,6})(?:-(\d{1,6}))?$/;

/** Reads the value of `so`: what is no range, or of no torrent that is read, is left out. */
export function parseFileRanges(text: string): FileRange[] {
  const ranges: FileRange[] = [];
  for (const part of text.split(',')) {
    const [, digits, end] = RANGE.exec(part) ?? [];
    if (digits === undefined || ranges.length === MAX_MAGNET_RANGES) continue;
    const first = Number(digits);
    const last = end === undefined ? first : Number(end);
    if (first <= last && last < MAX_V1_ENTRIES) ranges.push({ first, last });
  }
  return ranges;
}

/** The value of `so` for these ranges. */
export function formatFileRanges(ranges: readonly FileRange[]): string {
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}
