import { toHex } from '../bytes.ts';
import type { Metainfo, MetainfoFile } from './metainfo.ts';

/**
 * The files of a hybrid whose piece layer is not known, see `parsePartialMetainfo`. Those of equal content have one layer: the
 * first stands for them.
 */
export function filesWithoutLayer({ files, pieceLength, pieceLayers }: Metainfo): MetainfoFile[] {
  const found = new Map<string, MetainfoFile>();
  for (const file of files) {
    if (file.kind !== 'file' || file.piecesRoot === undefined || file.length <= pieceLength) continue;
    const root = toHex(file.piecesRoot);
    if (!pieceLayers.has(root) && !found.has(root)) found.set(root, file);
  }
  return [...found.values()];
}
