import {
  type FileRange,
  type FileLevel,
  type FileSelectionInit,
  type Metainfo,
  type MetainfoEntry,
  selectFiles,
  selectRanges,
} from '@shoal/protocol';

/** What is to be fetched of a torrent. */
export interface ContentSelection extends FileSelectionInit {
  /** What the magnet link selects (BEP 53), unless there are patterns. */
  readonly ranges: readonly FileRange[];
}

/** Whether a part is asked for, and not all of it. */
export function isPart({ only, priorities, ranges }: ContentSelection): boolean {
  return only.length > 0 || priorities.length > 0 || ranges.length > 0;
}

/**
 * Reads a selection.
 * @throws SelectionError
 */
export function selectContent(
  { files }: Metainfo,
  selection: ContentSelection,
): (entry: MetainfoEntry) => FileLevel {
  const hasPatterns = selection.only.length > 0 || selection.priorities.length > 0;
  return hasPatterns || selection.ranges.length === 0
    ? selectFiles(files, selection)
    : selectRanges(files, selection.ranges);
}
