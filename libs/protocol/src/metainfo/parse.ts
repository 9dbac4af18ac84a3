import { hash } from 'node:crypto';
import type { BencodeLimits } from '../bencode/constants.ts';
import { getString } from '../bencode/fields.ts';
import { hasMember, type Members, openMember, readMembers, readOutermost } from '../bencode/members.ts';
import { totalSizeOf } from '../manifest/validate.ts';
import { METAINFO_LIMITS } from './constants.ts';
import { type FileLayout, isSingleFile, layOutFiles } from './file-layout.ts';
import { checkHalvesAgree } from './hybrid.ts';
import { OF_INFO, readFormat, readName, readPieceLength, readPrivate, readV2Entries } from './info.ts';
import type { InfoHashV1, InfoHashV2 } from './info-hash.ts';
import { lenientInfoHash } from './lenient-info-hash.ts';
import { asMetainfoErrors } from './metainfo-error.ts';
import type { Metainfo, PieceLayers } from './metainfo.ts';
import { type LayerPresence, readPieceLayers } from './piece-layers.ts';
import type { MetainfoFormat } from './profile.ts';
import { readTrackers } from './trackers.ts';
import { readV1Layout, readV1Pieces } from './v1-files.ts';
import { readWebSeeds } from './web-seeds.ts';

/** Members of the metainfo that matter. */
const OF_METAINFO = {
  decoded: new Set(['announce']),
  located: new Set(['announce-list', 'info', 'piece layers', 'url-list']),
};

/** A metainfo file, looked through: what it is made of, and where that lies. */
interface Parts {
  readonly bytes: Uint8Array;
  readonly metainfo: Members;
  readonly infoBytes: Uint8Array;
  readonly info: Members;
}

/** What the `info` dictionary says about files and pieces. */
interface Content {
  readonly layout: FileLayout;
  readonly singleFile: boolean;
  readonly pieceLayers: PieceLayers;
  readonly v1Pieces?: Uint8Array;
}

/**
 * Reads and validates a metainfo file: v1 (BEP 3), v2 (BEP 52) or hybrid, with the attributes of BEP 47. Fields that only
 * describe (comment, creation date and the like) are ignored. Byte strings of the result are views into
 * `bytes`. It is read where it lies, never decoded as a whole: that costs memory in proportion to its files and layers,
 * whatever else is in it, and whatever sizes are declared.
 * @throws MetainfoError for anything that is not a sound torrent of a tree that `validateTree` takes
 */
export function parseMetainfo(bytes: Uint8Array, limits: BencodeLimits = METAINFO_LIMITS): Metainfo {
  return readMetainfo(bytes, limits, 'needed');
}

/**
 * As {@link parseMetainfo}, but a hybrid may lack piece layers, as its .torrent does when a client that knows v1 alone wrote it:
 * `pieceLayers` has those that are there, and the pieces of the other files are verified by the v1 half. See
 * {@link filesWithoutLayer}.
 * @throws MetainfoError
 */
export function parsePartialMetainfo(bytes: Uint8Array): Metainfo {
  return readMetainfo(bytes, METAINFO_LIMITS, 'optional');
}

function readMetainfo(bytes: Uint8Array, limits: BencodeLimits, layersOfHybrid: LayerPresence): Metainfo {
  return asMetainfoErrors(() => {
    const parts = readParts(bytes, limits);
    const { infoBytes, info } = parts;
    const name = readName(info);
    const { layout, ...rest } = readContent(parts, name, layersOfHybrid);
    return {
      name,
      ...layout,
      ...rest,
      totalSize: totalSizeOf(layout.files),
      ...infoHashes(infoBytes, layout.format),
      ...(layout.format === 'hybrid' ? { infoHashLenient: lenientInfoHash(infoBytes) } : {}),
      private: readPrivate(info),
      ...(hasMember(info, 'source') ? { source: getString(info.values, 'source', 'info') } : {}),
      announceTiers: readTrackers(parts.bytes, parts.metainfo),
      webSeeds: readWebSeeds(parts.bytes, parts.metainfo),
      infoBytes,
    };
  });
}

/** Looks through all of a metainfo file: what is found malformed later is not so as bencode. */
function readParts(input: Uint8Array, limits: BencodeLimits): Parts {
  // A plain view, also of a Buffer: parts of that would inherit its different `slice`.
  const bytes = new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  const metainfo = readOutermost(bytes, limits, OF_METAINFO);
  const reader = openMember(bytes, metainfo, 'dictionary', { key: 'info', limits: METAINFO_LIMITS });
  return { bytes, metainfo, infoBytes: reader.bytes, info: readMembers(reader, OF_INFO) };
}

function readContent(parts: Parts, name: string, layersOfHybrid: LayerPresence): Content {
  const { infoBytes, info } = parts;
  const format = readFormat(info);
  const pieceLength = readPieceLength(info, format);
  if (format === 'v1') {
    const v1 = readV1Layout(infoBytes, info, name, { format, pieceLength });
    return { ...v1, pieceLayers: new Map(), v1Pieces: readV1Pieces(info.values, v1.layout.pieceCount) };
  }
  const entries = readV2Entries(infoBytes, info);
  const presence = format === 'hybrid' ? layersOfHybrid : 'needed';
  const pieceLayers = readPieceLayers(parts.bytes, parts.metainfo, { entries, pieceLength, presence });
  if (format === 'v2') {
    return {
      layout: layOutFiles(entries, { format, pieceLength }),
      singleFile: isSingleFile(entries, name),
      pieceLayers,
    };
  }
  const v1 = readV1Layout(infoBytes, info, name, { format, pieceLength });
  const layout = checkHalvesAgree(v1, entries);
  const v1Pieces = readV1Pieces(info.values, layout.pieceCount);
  return { layout, singleFile: v1.singleFile, pieceLayers, v1Pieces };
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
