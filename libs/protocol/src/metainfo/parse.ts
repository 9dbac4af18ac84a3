import { hash } from 'node:crypto';
import type { BencodeLimits } from '../bencode/constants.ts';
import { type ByteSpan, decodeBencodeDictionary } from '../bencode/decode.ts';
import { getDict, getInt, getString } from '../bencode/fields.ts';
import type { BencodeDictionary } from '../bencode/value.ts';
import { decodeFileTree } from '../manifest/file-tree.ts';
import type { ManifestEntry } from '../manifest/manifest.ts';
import { checkPath } from '../manifest/path-rules.ts';
import { totalSizeOf, validateTree } from '../manifest/validate.ts';
import { MAX_PIECE_LENGTH, METAINFO_LIMITS } from './constants.ts';
import { checkPieceLength, type FileLayout, isSingleFile, layOutFiles } from './file-layout.ts';
import { checkHalvesAgree } from './hybrid.ts';
import type { InfoHashV1, InfoHashV2 } from './info-hash.ts';
import { lenientInfoHash } from './lenient-info-hash.ts';
import { asMetainfoErrors, MetainfoError } from './metainfo-error.ts';
import type { Metainfo, PieceLayers } from './metainfo.ts';
import { readPieceLayers } from './piece-layers.ts';
import type { MetainfoFormat } from './profile.ts';
import { readTrackers } from './trackers.ts';
import { readV1Layout, readV1Pieces } from './v1-files.ts';

/** The `meta version` of BEP 52, the only one there is. */
const META_VERSION = 2;

/** What the `info` dictionary says about files and pieces. */
interface Content {
  readonly layout: FileLayout;
  readonly singleFile: boolean;
  readonly pieceLayers: PieceLayers;
  readonly v1Pieces?: Uint8Array;
}

/**
 * Reads and validates a metainfo file: v1 (BEP 3), v2 (BEP 52) or hybrid, with the attributes of BEP 47. Fields that only
 * describe (comment, creation date, web seeds and the like) are ignored. Byte strings of the result are views into
 * `bytes`. Costs memory in proportion to `bytes`, whatever sizes are declared in them.
 * @throws MetainfoError for anything that is not a sound torrent of a tree that `validateTree` takes
 */
export function parseMetainfo(bytes: Uint8Array, limits: BencodeLimits = METAINFO_LIMITS): Metainfo {
  return asMetainfoErrors(() => {
    const { dictionary, spans } = decodeBencodeDictionary(bytes, limits);
    const info = getDict(dictionary, 'info');
    const infoBytes = rawBytes(bytes, spans.get('info'));
    const name = readName(info);
    const content = readContent(dictionary, info, name);
    const { layout, ...rest } = content;
    return {
      name,
      ...layout,
      ...rest,
      totalSize: totalSizeOf(layout.files),
      ...infoHashes(infoBytes, layout.format),
      ...(layout.format === 'hybrid' ? { infoHashLenient: lenientInfoHash(info) } : {}),
      private: info.has('private') && getInt(info, 'private', { min: 0, max: 1 }, 'info') === 1,
      ...(info.has('source') ? { source: getString(info, 'source', 'info') } : {}),
      announceTiers: readTrackers(dictionary),
      infoBytes,
    };
  });
}

function readContent(dictionary: BencodeDictionary, info: BencodeDictionary, name: string): Content {
  const format = readFormat(info);
  const pieceLength = getInt(info, 'piece length', { min: 1, max: MAX_PIECE_LENGTH }, 'info');
  checkPieceLength(pieceLength, format);
  if (format === 'v1') {
    const v1 = readV1Layout(info, name, { format, pieceLength });
    return { ...v1, pieceLayers: new Map(), v1Pieces: readV1Pieces(info, v1.layout.pieceCount) };
  }
  const entries = readFileTree(info);
  const pieceLayers = readPieceLayers(dictionary, entries, pieceLength);
  if (format === 'v2') {
    return {
      layout: layOutFiles(entries, { format, pieceLength }),
      singleFile: isSingleFile(entries, name),
      pieceLayers,
    };
  }
  const v1 = readV1Layout(info, name, { format, pieceLength });
  const layout = checkHalvesAgree(v1, entries);
  return { layout, singleFile: v1.singleFile, pieceLayers, v1Pieces: readV1Pieces(info, layout.pieceCount) };
}

function readFormat(info: BencodeDictionary): MetainfoFormat {
  if (!info.has('meta version')) return 'v1';
  const version = info.get('meta version');
  if (version !== BigInt(META_VERSION)) {
    throw MetainfoError.of('SHOAL_METAINFO_UNSUPPORTED_VERSION', 'info.meta version: not 2');
  }
  return info.has('pieces') || info.has('files') || info.has('length') ? 'hybrid' : 'v2';
}

/** A plain view of part of the input, which may be a Buffer. */
function rawBytes(bytes: Uint8Array, span: ByteSpan | undefined): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength).subarray(span?.start, span?.end);
}

function readName(info: BencodeDictionary): string {
  const name = getString(info, info.has('name.utf-8') ? 'name.utf-8' : 'name', 'info');
  checkPath([name]);
  return name;
}

function readFileTree(info: BencodeDictionary): ManifestEntry[] {
  const entries = decodeFileTree(getDict(info, 'file tree', 'info'), 'info.file tree');
  validateTree(entries);
  return entries;
}

function infoHashes(
  infoBytes: Uint8Array,
  format: MetainfoFormat,
): Pick<Metainfo, 'infoHashV1' | 'infoHashV2'> {
  return {
    ...(format === 'v2' ? {} : { infoHashV1: digest('sha1', infoBytes) as InfoHashV1 }),
    ...(format === 'v1' ? {} : { infoHashV2: digest('sha256', infoBytes) as InfoHashV2 }),
  };
}

function digest(algorithm: 'sha1' | 'sha256', bytes: Uint8Array): Uint8Array {
  return new Uint8Array(hash(algorithm, bytes, 'buffer'));
}
