import { getBytes, getDict } from '../bencode/fields.ts';
import type { BencodeDictionary } from '../bencode/value.ts';
import { equalBytes, toHex, view } from '../bytes.ts';
import type { ManifestEntry, ManifestFile } from '../manifest/manifest.ts';
import { HASH_LENGTH } from '../merkle/constants.ts';
import { fileRootOfPieceLayer } from '../merkle/merkle-tree.ts';
import { MetainfoError } from './metainfo-error.ts';
import type { PieceLayers } from './metainfo.ts';

/**
 * Reads and verifies the `piece layers` (BEP 52): one, of the right length and under the file's root, for every file
 * longer than a piece, and no others. The dictionary itself may be absent when no file needs a layer.
 * @throws MetainfoError SHOAL_METAINFO_PIECE_LAYER_MISSING, _MISMATCH or _UNKNOWN
 */
export function readPieceLayers(
  metainfo: BencodeDictionary,
  entries: readonly ManifestEntry[],
  pieceLength: number,
): PieceLayers {
  const found: BencodeDictionary = metainfo.has('piece layers')
    ? getDict(metainfo, 'piece layers')
    : new Map();
  const layers = new Map<string, Uint8Array>();
  for (const entry of entries) {
    if (entry.kind !== 'file' || entry.length <= pieceLength || entry.piecesRoot === undefined) continue;
    const root = toHex(entry.piecesRoot);
    const layer = layers.get(root) ?? verifiedLayer(found, entry, entry.piecesRoot, pieceLength);
    checkLength(layer, entry, pieceLength);
    layers.set(root, layer);
  }
  if (found.size > layers.size) {
    throw MetainfoError.of(
      'SHOAL_METAINFO_PIECE_LAYER_UNKNOWN',
      'piece layers: one that no file of several pieces has',
    );
  }
  return layers;
}

function verifiedLayer(
  layers: BencodeDictionary,
  file: ManifestFile,
  piecesRoot: Uint8Array,
  pieceLength: number,
): Uint8Array {
  const key = view(piecesRoot).toString('latin1');
  if (!layers.has(key))
    throw MetainfoError.of('SHOAL_METAINFO_PIECE_LAYER_MISSING', `no piece layer for ${named(file)}`);
  const layer = getBytes(layers, key, 'piece layers');
  checkLength(layer, file, pieceLength);
  if (!equalBytes(fileRootOfPieceLayer(layer, pieceLength), piecesRoot)) {
    const message = `the piece layer of ${named(file)} does not have its root`;
    throw MetainfoError.of('SHOAL_METAINFO_PIECE_LAYER_MISMATCH', message);
  }
  return layer;
}

function checkLength(layer: Uint8Array, file: ManifestFile, pieceLength: number): void {
  if (layer.length !== Math.ceil(file.length / pieceLength) * HASH_LENGTH) {
    const message = `the piece layer of ${named(file)} has ${String(layer.length)} bytes`;
    throw MetainfoError.of('SHOAL_METAINFO_PIECE_LAYER_MISMATCH', message);
  }
}

function named(file: ManifestFile): string {
  return JSON.stringify(file.path.join('/'));
}
