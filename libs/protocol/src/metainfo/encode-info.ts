import type { BencodeDictionary, BencodeValue } from '../bencode/value.ts';
import { encodeUtf8 } from '../bytes.ts';
import { encodeFileTree, encodeTarget } from '../manifest/file-tree.ts';
import type { ManifestEntry } from '../manifest/manifest.ts';
import type { FileLayout } from './file-layout.ts';
import type { MetainfoEntry } from './metainfo.ts';
import type { SwarmProfile } from './profile.ts';

/** What an `info` dictionary is made of. */
export interface InfoParts {
  readonly name: string;
  readonly profile: SwarmProfile;
  readonly entries: readonly ManifestEntry[];
  readonly layout: FileLayout;
  readonly singleFile: boolean;
  readonly v1Pieces?: Uint8Array;
}

/** The `info` dictionary (BEP 3, BEP 52, BEP 47, BEP 27): a function of its parts, so that equal parts make one swarm. */
export function encodeInfo(parts: InfoParts): BencodeDictionary {
  const { profile } = parts;
  const info = new Map<string, BencodeValue>([
    ['name', encodeUtf8(parts.name)],
    ['piece length', BigInt(profile.pieceLength)],
  ]);
  if (profile.private) info.set('private', 1n);
  if (profile.source !== undefined) info.set('source', encodeUtf8(profile.source));
  if (profile.format !== 'v1') {
    info.set('file tree', encodeFileTree(parts.entries));
    info.set('meta version', 2n);
  }
  if (profile.format !== 'v2') addV1Half(info, parts);
  return info;
}

function addV1Half(info: Map<string, BencodeValue>, parts: InfoParts): void {
  const [file] = parts.layout.files;
  if (parts.singleFile && file?.kind === 'file') {
    info.set('length', BigInt(file.length));
    if (file.executable) info.set('attr', encodeUtf8('x'));
  } else {
    info.set('files', v1Files(parts.layout));
  }
  if (parts.v1Pieces !== undefined) info.set('pieces', parts.v1Pieces);
}

/** The v1 list of files, with a padding file in every gap of the layout. */
function v1Files(layout: FileLayout): BencodeValue[] {
  const list: BencodeValue[] = [];
  let end = 0;
  const padTo = (offset: number): void => {
    if (offset > end) list.push(paddingFile(offset - end));
  };
  for (const entry of layout.files) {
    padTo(entry.offset);
    list.push(v1File(entry));
    end = entry.offset + entry.length;
  }
  padTo(layout.pieceSpaceLength);
  return list;
}

function v1File(entry: MetainfoEntry): BencodeDictionary {
  const file = new Map<string, BencodeValue>([
    ['length', BigInt(entry.length)],
    ['path', entry.path.map(encodeUtf8)],
  ]);
  if (entry.kind === 'symlink') {
    file.set('attr', encodeUtf8('l'));
    file.set('symlink path', encodeTarget(entry.target));
  } else if (entry.executable) {
    file.set('attr', encodeUtf8('x'));
  }
  return file;
}

/** A padding file, named as BEP 47 recommends. */
function paddingFile(length: number): BencodeDictionary {
  return new Map<string, BencodeValue>([
    ['attr', encodeUtf8('p')],
    ['length', BigInt(length)],
    ['path', [encodeUtf8('.pad'), encodeUtf8(String(length))]],
  ]);
}
