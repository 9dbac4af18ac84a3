import type { Entries } from '../manifest/manifest.ts';
import { isSameEntry } from '../manifest/same-entry.ts';
import { alignUp, type FileLayout, layOutFiles } from './file-layout.ts';
import { MetainfoError } from './metainfo-error.ts';
import type { V1Layout } from './v1-files.ts';

/**
 * Checks that both halves of a hybrid describe the same files, in the same order and in the same pieces (BEP 52), and
 * unites them: files with their roots, at their places.
 * @throws MetainfoError SHOAL_METAINFO_HALVES_DIFFER, SHOAL_METAINFO_PADDING
 */
export function checkHalvesAgree(v1: V1Layout, v2Entries: Entries): FileLayout {
  const { pieceLength, files: v1Files, pieceSpaceLength, pieceCount } = v1.layout;
  const v2 = layOutFiles(v2Entries, { format: 'v2', pieceLength });
  if (v1Files.length !== v2.files.length)
    throw different(`${String(v1Files.length)} and ${String(v2.files.length)} files`);
  for (const file of v2.files) {
    const twin = v1Files.at(file.index);
    if (twin === undefined || !isSameEntry(file, twin)) throw different(JSON.stringify(file.path.join('/')));
    if (file.kind === 'file' && file.length > 0 && file.offset !== twin.offset) {
      throw MetainfoError.of(
        'SHOAL_METAINFO_PADDING',
        `${JSON.stringify(file.path.join('/'))} does not begin a piece`,
      );
    }
  }
  // The last piece may be filled up or not: both are found, see layOutFiles.
  if (
    pieceSpaceLength !== v2.pieceSpaceLength &&
    pieceSpaceLength !== alignUp(v2.pieceSpaceLength, pieceLength)
  ) {
    throw MetainfoError.of('SHOAL_METAINFO_PADDING', 'padding after the last piece');
  }
  return { ...v2, format: 'hybrid', pieceSpaceLength, pieceCount };
}

function different(what: string): MetainfoError {
  return MetainfoError.of('SHOAL_METAINFO_HALVES_DIFFER', `the v1 and v2 halves differ: ${what}`);
}
