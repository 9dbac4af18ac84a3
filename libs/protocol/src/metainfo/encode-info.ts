import type { BencodeWriter } from '../bencode/writer.ts';
import { writeAttribute, writeFileTree, writeTarget } from '../manifest/encode-file-tree.ts';
import type { Entries } from '../manifest/manifest.ts';
import type { FileLayout } from './file-layout.ts';
import type { MetainfoEntry } from './metainfo.ts';
import { META_VERSION } from './constants.ts';
import type { SwarmProfile } from './profile.ts';

/** What an `info` dictionary is made of. */
export interface InfoParts {
  readonly name: string;
  readonly profile: SwarmProfile;
  readonly entries: Entries;
  readonly layout: FileLayout;
  readonly singleFile: boolean;
  readonly v1Pieces?: Uint8Array;
}

/**
 * Writes the `info` dictionary (BEP 3, BEP 52, BEP 47, BEP 27): a function of its parts, so that equal parts make one
 * swarm. Its keys come in the order of their bytes.
 * @throws ManifestError SHOAL_MANIFEST_INVALID_ROOT
 */
export function writeInfo(writer: BencodeWriter, parts: InfoParts): void {
  const { profile, layout } = parts;
  const hasV1 = profile.format !== 'v2';
  const hasV2 = profile.format !== 'v1';
  const [file] = layout.files;
  const single = hasV1 && parts.singleFile && file?.kind === 'file' ? file : undefined;
  writer.beginDictionary();
  if (single !== undefined) writeAttribute(writer, single.executable ? 'x' : undefined);
  if (hasV2) {
    writer.key('file tree');
    writeFileTree(writer, parts.entries);
  }
  if (single !== undefined) writeInteger(writer, 'length', single.length);
  else if (hasV1) writeV1Files(writer, layout);
  if (hasV2) writeInteger(writer, 'meta version', META_VERSION);
  writeText(writer, 'name', parts.name);
  writeInteger(writer, 'piece length', profile.pieceLength);
  if (hasV1 && parts.v1Pieces !== undefined) {
    writer.key('pieces');
    writer.bytes(parts.v1Pieces);
  }
  if (profile.private) writeInteger(writer, 'private', 1);
  if (profile.source !== undefined) writeText(writer, 'source', profile.source);
  writer.end();
}

/** Writes the v1 list of files, with a padding file in every gap of the layout. */
function writeV1Files(writer: BencodeWriter, layout: FileLayout): void {
  let end = 0;
  const padTo = (offset: number): void => {
    if (offset > end) writePadding(writer, offset - end);
  };
  writer.key('files');
  writer.beginList();
  for (const entry of layout.files) {
    padTo(entry.offset);
    writeV1File(writer, entry);
    end = entry.offset + entry.length;
  }
  padTo(layout.pieceSpaceLength);
  writer.end();
}

function writeV1File(writer: BencodeWriter, entry: MetainfoEntry): void {
  writer.beginDictionary();
  if (entry.kind === 'symlink') writeAttribute(writer, 'l');
  else writeAttribute(writer, entry.executable ? 'x' : undefined);
  writeInteger(writer, 'length', entry.length);
  writePath(writer, entry.path);
  if (entry.kind === 'symlink') writeTarget(writer, entry.target);
  writer.end();
}

/** Writes a padding file, named as BEP 47 recommends. */
function writePadding(writer: BencodeWriter, length: number): void {
  writer.beginDictionary();
  writeAttribute(writer, 'p');
  writeInteger(writer, 'length', length);
  writePath(writer, ['.pad', String(length)]);
  writer.end();
}

function writePath(writer: BencodeWriter, path: readonly string[]): void {
  writer.key('path');
  writer.beginList();
  for (const component of path) writer.text(component);
  writer.end();
}

function writeInteger(writer: BencodeWriter, key: string, value: number): void {
  writer.key(key);
  writer.integer(value);
}

function writeText(writer: BencodeWriter, key: string, text: string): void {
  writer.key(key);
  writer.text(text);
}
