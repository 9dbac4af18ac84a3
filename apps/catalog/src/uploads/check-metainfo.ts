import {
  contentDigest,
  type ContentDigest,
  type Entries,
  isMetainfoOf,
  isSameEntry,
  manifestOf,
  type Metainfo,
  parseMetainfo,
  type SwarmProfile,
} from '@shoal/protocol';
import { CatalogError } from '../errors.ts';
import { sameBytes } from '../requests/digests.ts';

/** What the metainfo of an upload must be. */
export interface ExpectedMetainfo {
  /** The artifact's name. */
  readonly name: string;
  readonly profile: SwarmProfile;
  /** As the client gave them: with every root, some, or none. */
  readonly entries: Entries;
}

/** A metainfo that is what it must be. */
export interface CheckedMetainfo {
  readonly metainfo: Metainfo;
  /** With every root. */
  readonly entries: Entries;
  readonly contentDigest: ContentDigest;
}

/**
 * Checks the metainfo that a seeder made of an upload against what was asked of it. In the end it is compared with what
 * is made of what was read: a metainfo is a pure function of content, name and profile, so any byte of its own is found.
 * @throws CatalogError SHOAL_UPLOAD_METAINFO_MISMATCH, SHOAL_UPLOAD_CONTENT_MISMATCH; MetainfoError
 */
export function checkMetainfo(bytes: Uint8Array, expected: ExpectedMetainfo): CheckedMetainfo {
  const metainfo = parseMetainfo(bytes);
  checkIdentity(metainfo, expected);
  const entries = metainfo.format === 'v1' ? expected.entries : manifestOf(metainfo);
  checkTree(metainfo, expected.entries);
  checkRoots(entries, expected.entries);
  const isPure = isMetainfoOf(bytes, {
    name: expected.name,
    entries,
    profile: expected.profile,
    pieceLayers: metainfo.pieceLayers,
    ...(metainfo.v1Pieces === undefined ? {} : { v1Pieces: metainfo.v1Pieces }),
  });
  if (!isPure) throw mismatch('something else than content, name and profile');
  return { metainfo, entries, contentDigest: contentDigest(entries) };
}

function checkIdentity(metainfo: Metainfo, { name, profile }: ExpectedMetainfo): void {
  const pairs = [
    ['name', metainfo.name, name],
    ['format', metainfo.format, profile.format],
    ['piece length', metainfo.pieceLength, profile.pieceLength],
    ['private', metainfo.private, profile.private],
    ['source', metainfo.source, profile.source],
  ] as const;
  for (const [what, actual, wanted] of pairs) {
    if (actual !== wanted) throw mismatch(`${what} ${String(actual)} instead of ${String(wanted)}`);
  }
}

/** Compares all but the roots. */
function checkTree({ files }: Metainfo, expected: Entries): void {
  let same = files.length === expected.length;
  let index = 0;
  for (const wanted of expected) {
    const found = files.at(index++);
    same &&= found !== undefined && isSameEntry(found, wanted);
  }
  if (!same) throw mismatch('other files than the manifest');
}

/** Where the client gave a root, the stored bytes must have it. The entries are the same but for roots. */
function checkRoots(actual: Entries, expected: Entries): void {
  let index = 0;
  for (const wanted of expected) {
    const found = actual.at(index++);
    if (wanted.kind !== 'file' || wanted.piecesRoot === undefined || found?.kind !== 'file') continue;
    if (found.piecesRoot === undefined || !sameBytes(found.piecesRoot, wanted.piecesRoot)) {
      throw new CatalogError(
        'SHOAL_UPLOAD_CONTENT_MISMATCH',
        `${JSON.stringify(wanted.path.join('/'))} has other bytes than its pieces_root says`,
      );
    }
  }
}

function mismatch(what: string): CatalogError {
  return new CatalogError('SHOAL_UPLOAD_METAINFO_MISMATCH', `the seeder's metainfo has ${what}`);
}
