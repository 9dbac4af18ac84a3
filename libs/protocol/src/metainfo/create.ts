import { writeValue } from '../bencode/encode.ts';
import type { BencodeDictionary } from '../bencode/value.ts';
import { BencodeWriter } from '../bencode/writer.ts';
import type { Entries } from '../manifest/manifest.ts';
import { validateManifest } from '../manifest/validate.ts';
import { writeInfo } from './encode-info.ts';
import { isSingleFile, layOutFiles } from './file-layout.ts';
import { MetainfoError } from './metainfo-error.ts';
import type { Metainfo, PieceLayers } from './metainfo.ts';
import { parseMetainfo } from './parse.ts';
import type { SwarmProfile } from './profile.ts';

/** What a metainfo is made of. */
export interface MetainfoInit {
  /** The artifact's name, never its version: equal content under one name is one swarm. */
  readonly name: string;
  /** In canonical order; for v2 and hybrid with the root of every file that is not empty. */
  readonly entries: Entries;
  readonly profile: SwarmProfile;
  /** v2 and hybrid: the layers of all files longer than a piece. */
  readonly pieceLayers?: PieceLayers;
  /** v1 and hybrid: SHA-1 digests of all pieces, 20 bytes each, padding hashed as zeros. */
  readonly v1Pieces?: Uint8Array;
  /** v1 only: pad files to whole pieces (see `layOutFiles`). @default false */
  readonly padded?: boolean;
  /** Tracker URL. Outside the `info` dictionary: it does not change the swarm. */
  readonly announce?: string;
  /** URLs of web seeds (BEP 19). Outside the `info` dictionary too. */
  readonly webSeeds?: readonly string[];
}

/** A metainfo file and what it says. */
export interface CreatedMetainfo {
  readonly bytes: Uint8Array;
  readonly metainfo: Metainfo;
}

/**
 * Makes a metainfo file. A pure function: equal input gives equal bytes, with no date and no creator in them. What it
 * makes it reads back, so a layer, a root or a digest count that does not fit is found here.
 * @throws MetainfoError as {@link parseMetainfo}, ManifestError when the entries are no valid manifest or
 * lack a root
 */
export function createMetainfo(init: MetainfoInit): CreatedMetainfo {
  const writer = new BencodeWriter();
  writeMetainfo(writer, init);
  const bytes = writer.finish();
  const metainfo = parseMetainfo(bytes);
  const refused = init.webSeeds?.find((url, index) => url !== metainfo.webSeeds[index]);
  if (refused !== undefined) {
    throw MetainfoError.of('SHOAL_METAINFO_WEB_SEED', `${JSON.stringify(refused)} can be no web seed`);
  }
  return { bytes, metainfo };
}

/**
 * Whether a metainfo file is what {@link createMetainfo} makes of `init`. It is compared while it is written, and not made a
 * second time: of 100,000 files it takes megabytes.
 * @throws ManifestError when the entries are no valid manifest or lack a root
 */
export function isMetainfoOf(bytes: Uint8Array, init: MetainfoInit): boolean {
  const compared = { isSame: true, bytes: 0 };
  const writer = new BencodeWriter((part) => {
    const same = bytes.subarray(compared.bytes, compared.bytes + part.length);
    compared.isSame &&= Buffer.compare(part, same) === 0;
    compared.bytes += part.length;
  });
  writeMetainfo(writer, init);
  writer.finish();
  return compared.isSame && compared.bytes === bytes.length;
}

function writeMetainfo(writer: BencodeWriter, init: MetainfoInit): void {
  const { name, entries, profile, webSeeds = [] } = init;
  validateManifest(entries);
  const singleFile = isSingleFile(entries, name);
  const layout = layOutFiles(entries, {
    format: profile.format,
    pieceLength: profile.pieceLength,
    padded: init.padded ?? false,
  });
  writer.beginDictionary();
  if (init.announce !== undefined) {
    writer.key('announce');
    writer.text(init.announce);
  }
  writer.key('info');
  writeInfo(writer, {
    name,
    profile,
    entries,
    layout,
    singleFile,
    ...(init.v1Pieces === undefined ? {} : { v1Pieces: init.v1Pieces }),
  });
  if (profile.format !== 'v1') {
    writer.key('piece layers');
    writeValue(writer, encodePieceLayers(init.pieceLayers ?? new Map()));
  }
  if (webSeeds.length > 0) {
    writer.key('url-list');
    writer.beginList();
    for (const url of webSeeds) writer.text(url);
    writer.end();
  }
  writer.end();
}

/** The `piece layers` dictionary (BEP 52). */
export function encodePieceLayers(layers: PieceLayers): BencodeDictionary {
  return new Map([...layers].map(([root, layer]) => [Buffer.from(root, 'hex').toString('latin1'), layer]));
}
