import { getInt, getString } from '../bencode/fields.ts';
import { hasMember, type Members, openMember } from '../bencode/members.ts';
import { readFileTree } from '../manifest/file-tree.ts';
import type { Entries } from '../manifest/manifest.ts';
import { checkPath } from '../manifest/path-rules.ts';
import { validateTree } from '../manifest/validate.ts';
import { MAX_PIECE_LENGTH, META_VERSION, METAINFO_LIMITS } from './constants.ts';
import { checkPieceLength } from './file-layout.ts';
import { resolveLinkTargets } from './link-targets.ts';
import { MetainfoError } from './metainfo-error.ts';
import type { MetainfoFormat } from './profile.ts';

/** Members of the `info` dictionary that matter. */
export const OF_INFO = {
  decoded: new Set([
    'attr',
    'length',
    'meta version',
    'name',
    'name.utf-8',
    'piece length',
    'pieces',
    'private',
    'source',
  ]),
  located: new Set(['file tree', 'files']),
};

/** @throws MetainfoError SHOAL_METAINFO_UNSUPPORTED_VERSION */
export function readFormat(info: Members): MetainfoFormat {
  if (!hasMember(info, 'meta version')) return 'v1';
  if (info.values.get('meta version') !== BigInt(META_VERSION)) {
    throw MetainfoError.of('SHOAL_METAINFO_UNSUPPORTED_VERSION', 'info.meta version: not 2');
  }
  return ['pieces', 'files', 'length'].some((key) => hasMember(info, key)) ? 'hybrid' : 'v2';
}

/** @throws BencodeFieldError or ManifestError when the name is missing or none of a file */
export function readName({ values }: Members): string {
  const name = getString(values, values.has('name.utf-8') ? 'name.utf-8' : 'name', 'info');
  checkPath([name]);
  return name;
}

/**
 * The files of a v2 or hybrid torrent.
 * @param infoBytes what the members of `info` were read from
 * @throws BencodeFieldError, BencodeError or ManifestError
 */
export function readV2Entries(infoBytes: Uint8Array, info: Members): Entries {
  const where = { key: 'file tree', where: 'info', limits: METAINFO_LIMITS };
  const entries = readFileTree(openMember(infoBytes, info, 'dictionary', where), 'info.file tree');
  resolveLinkTargets(entries);
  validateTree(entries);
  return entries;
}

/** Whether peers are to be got from trackers alone (BEP 27). @throws BencodeFieldError */
export function readPrivate(info: Members): boolean {
  return hasMember(info, 'private') && getInt(info.values, 'private', { min: 0, max: 1 }, 'info') === 1;
}

/** Bytes. @throws BencodeFieldError or MetainfoError SHOAL_METAINFO_PIECE_LENGTH */
export function readPieceLength(info: Members, format: MetainfoFormat): number {
  const pieceLength = getInt(info.values, 'piece length', { min: 1, max: MAX_PIECE_LENGTH }, 'info');
  checkPieceLength(pieceLength, format);
  return pieceLength;
}
