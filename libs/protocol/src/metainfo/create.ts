import { writeValue } from '../bencode/encode.ts';
import type { BencodeDictionary } from '../bencode/value.ts';
import { BencodeWriter } from '../bencode/writer.ts';
import type { Entries } from '../manifest/manifest.ts';
import { validateManifest } from '../manifest/validate.ts';
import { writeInfo } from './encode-info.ts';
import { isSingleFile, layOutFiles } from './file-layout.ts';
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
  const { name, entries, profile } = init;
  validateManifest(entries);
  const singleFile = isSingleFile(entries, name);
  const layout = layOutFiles(entries, {
    format: profile.format,
    pieceLength: profile.pieceLength,
    padded: init.padded ?? false,
  });
  const writer = new BencodeWriter();
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
  writer.end();
  const bytes = writer.finish();
  return { bytes, metainfo: parseMetainfo(bytes) };
}

function encodePieceLayers(layers: PieceLayers): BencodeDictionary {
  return new Map([...layers].map(([root, layer]) => [Buffer.from(root, 'hex').toString('latin1'), layer]));
}
