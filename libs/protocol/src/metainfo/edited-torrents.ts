import { decodeBencode } from '../bencode/decode.ts';
import { encodeBencode } from '../bencode/encode.ts';
import type { BencodeValue } from '../bencode/value.ts';
import { BLOCK_SIZE } from '../wire/constants.ts';
import { createTestTorrent, testContent } from './test-torrents.ts';

/** Piece length of {@link BASES}, in bytes. */
export const PIECE = 4 * BLOCK_SIZE;
/** A decoded dictionary, open to edits. */
export type Dict = Map<string, BencodeValue>;

/** A change to a torrent, given its outermost and its `info` dictionary. */
export type Edit = (metainfo: Dict, info: Dict) => void;

const FILES = { a: testContent(PIECE + 5), 'd/b': testContent(7, 2), 'd/c': testContent(9, 3) };
const SYMLINKS = { link: 'd/b' };
/** Valid torrents to edit. Only tests import this module. */
export const BASES = {
  v1: createTestTorrent({ files: FILES, symlinks: SYMLINKS }, { format: 'v1' }).bytes,
  padded: createTestTorrent({ files: FILES, symlinks: SYMLINKS }, { format: 'v1', padded: true }).bytes,
  v2: createTestTorrent({ files: FILES, symlinks: SYMLINKS }, { format: 'v2' }).bytes,
  hybrid: createTestTorrent({ files: FILES, symlinks: SYMLINKS }, { format: 'hybrid' }).bytes,
  single: createTestTorrent({ files: { web: FILES.a } }, { format: 'v1' }).bytes,
};

/** Name of one of {@link BASES}. */
export type Base = keyof typeof BASES;

/** UTF-8 bytes. */
export const text = (value: string): Uint8Array => new TextEncoder().encode(value);
/** The bytes of a binary string. */
export const latin1 = (value: string): Uint8Array => new Uint8Array(Buffer.from(value, 'latin1'));

/** The bytes of a valid torrent after an edit of its decoded form. */
export function edited(base: Base, edit: Edit): Uint8Array {
  const metainfo = decodeBencode(BASES[base]) as Dict;
  edit(metainfo, metainfo.get('info') as Dict);
  return encodeBencode(metainfo);
}

/** Element `index` of `info.files`. */
export const v1File = (info: Dict, index: number): Dict => (info.get('files') as Dict[])[index] as Dict;
/** The directory or file at `path` of `info.file tree`. */
export const node = (info: Dict, ...path: string[]): Dict =>
  path.reduce((dict, name) => dict.get(name) as Dict, info.get('file tree') as Dict);

/** A v1 path. */
export const path = (...components: string[]): BencodeValue => components.map(text);
