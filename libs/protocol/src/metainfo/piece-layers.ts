import { BencodeFieldError } from '../bencode/bencode-error.ts';
import { hasMember, type Members, openMember } from '../bencode/members.ts';
import { equalBytes, toHex } from '../bytes.ts';
import type { Entries, ManifestFile } from '../manifest/manifest.ts';
import { HASH_LENGTH } from '../merkle/constants.ts';
import { fileRootOfPieceLayer } from '../merkle/merkle-tree.ts';
import { METAINFO_LIMITS } from './constants.ts';
import { MetainfoError } from './metainfo-error.ts';
import type { PieceLayers } from './metainfo.ts';

/** Whether every file longer than a piece must have its layer. */
export type LayerPresence = 'needed' | 'optional';

/**
 * Reads and verifies the `piece layers` (BEP 52): one, of the right length and under the file's root, for every file
 * longer than a piece, and no others. The dictionary itself may be absent when no file needs a layer.
 * @param bytes what the members of the metainfo were read from
 * @throws MetainfoError SHOAL_METAINFO_PIECE_LAYER_MISSING, _MISMATCH or _UNKNOWN
 */
export function readPieceLayers(
  bytes: Uint8Array,
  metainfo: Members,
  init: { readonly entries: Entries; readonly pieceLength: number; readonly presence: LayerPresence },
): PieceLayers {
  const { entries, pieceLength, presence } = init;
  const needed = filesOfSeveralPieces(entries, pieceLength);
  const layers = new Map<string, Uint8Array>();
  let unknown = 0;
  for (const [key, layer] of rawLayers(bytes, metainfo)) {
    const root = toHex(key);
    const file = needed.get(root);
    if (file === undefined) unknown += 1;
    else layers.set(root, verifiedLayer(layer, file, key, pieceLength));
  }
  for (const entry of entries) {
    if (entry.kind !== 'file' || entry.length <= pieceLength || entry.piecesRoot === undefined) continue;
    const layer = layers.get(toHex(entry.piecesRoot));
    if (layer === undefined && presence === 'optional') continue;
    if (layer === undefined)
      throw MetainfoError.of('SHOAL_METAINFO_PIECE_LAYER_MISSING', `no piece layer for ${named(entry)}`);
    checkLength(layer, entry, pieceLength);
  }
  if (unknown > 0) {
    const message = 'piece layers: one that no file of several pieces has';
    throw MetainfoError.of('SHOAL_METAINFO_PIECE_LAYER_UNKNOWN', message);
  }
  return layers;
}

/** A file for each root that must have a layer, by the root's hex. */
export function filesOfSeveralPieces(entries: Entries, pieceLength: number): Map<string, ManifestFile> {
  const files = new Map<string, ManifestFile>();
  for (const entry of entries) {
    if (entry.kind !== 'file' || entry.length <= pieceLength || entry.piecesRoot === undefined) continue;
    files.set(toHex(entry.piecesRoot), entry);
  }
  return files;
}

/** The members of `piece layers` as they are: root and layer. */
function* rawLayers(bytes: Uint8Array, metainfo: Members): Generator<[Uint8Array, Uint8Array], undefined> {
  const key = 'piece layers';
  if (!hasMember(metainfo, key)) return undefined;
  const reader = openMember(bytes, metainfo, 'dictionary', { key, limits: METAINFO_LIMITS });
  while (reader.next() === 'key') {
    const root = reader.content();
    if (reader.next() !== 'bytes')
      throw new BencodeFieldError('SHOAL_BENCODE_FIELD_TYPE', `${key}.${toHex(root)}`, 'not a byte string');
    yield [root, reader.content()];
  }
  return undefined;
}

function verifiedLayer(
  layer: Uint8Array,
  file: ManifestFile,
  piecesRoot: Uint8Array,
  pieceLength: number,
): Uint8Array {
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
