import { BencodeFieldError } from '../bencode/bencode-error.ts';
import { asText, getBytes, getInt, getList } from '../bencode/fields.ts';
import { hasMember, type Members, openMember, readMembers } from '../bencode/members.ts';
import type { BencodeReader } from '../bencode/reader.ts';
import type { BencodeDictionary } from '../bencode/value.ts';
import { MAX_TOTAL_SIZE } from '../manifest/constants.ts';
import { decodeTarget, readAttributes } from '../manifest/file-tree.ts';
import { EntryTable } from '../manifest/entry-table.ts';
import type { ManifestEntry } from '../manifest/manifest.ts';
import { ManifestError } from '../manifest/manifest-error.ts';
import { validateTree } from '../manifest/validate.ts';
import { MAX_V1_ENTRIES, METAINFO_LIMITS, SHA1_LENGTH } from './constants.ts';
import { countPieces, type FileLayout } from './file-layout.ts';
import { resolveLinkTargets } from './link-targets.ts';
import { MetainfoError } from './metainfo-error.ts';
import { PlacedEntries } from './placed-entries.ts';

/** What a v1 `info` dictionary says about its files. */
export interface V1Layout {
  readonly layout: FileLayout;
  readonly singleFile: boolean;
}

/** Members of a file, or of an `info` dictionary that is one, that matter. */
const WANTED = { decoded: new Set(['attr', 'length', 'path', 'path.utf-8', 'symlink path']) };

const LENGTH_RANGE = { min: 0, max: MAX_TOTAL_SIZE };

/**
 * Reads the files of a v1 `info` dictionary (BEP 3): `length`, or `files` with their padding (BEP 47).
 * @param infoBytes what the members of `info` were read from
 * @throws MetainfoError, ManifestError or BencodeFieldError when they are malformed, or no valid tree
 */
export function readV1Layout(
  infoBytes: Uint8Array,
  info: Members,
  name: string,
  geometry: Pick<FileLayout, 'format' | 'pieceLength'>,
): V1Layout {
  const singleFile = hasMember(info, 'length');
  if (singleFile && hasMember(info, 'files')) {
    throw MetainfoError.of('SHOAL_METAINFO_AMBIGUOUS_FILES', 'info: both length and files');
  }
  const files = new V1FileReader(geometry.pieceLength);
  if (singleFile) files.add(info.values, [name], 'info');
  else {
    const where = { key: 'files', where: 'info', limits: METAINFO_LIMITS };
    files.addAll(openMember(infoBytes, info, 'list', where));
  }
  resolveLinkTargets(files.entries);
  validateTree(files.entries);
  const pieceSpaceLength = files.end;
  const pieceCount = countPieces(pieceSpaceLength, geometry.pieceLength);
  const layout = { ...geometry, files: files.placed(), pieceSpaceLength, pieceCount };
  return { layout, singleFile };
}

/**
 * Reads the SHA-1 digests of the pieces.
 * @throws MetainfoError SHOAL_METAINFO_PIECES_LENGTH when they are not exactly one for every piece
 */
export function readV1Pieces(info: BencodeDictionary, pieceCount: number): Uint8Array {
  const pieces = getBytes(info, 'pieces', 'info');
  if (pieces.length !== pieceCount * SHA1_LENGTH) {
    const message = `info.pieces: ${String(pieces.length)} bytes for ${String(pieceCount)} pieces`;
    throw MetainfoError.of('SHOAL_METAINFO_PIECES_LENGTH', message);
  }
  return pieces;
}

/** Reads file after file, and lays them end to end. */
class V1FileReader {
  readonly entries = new EntryTable();
  end = 0;
  readonly #pieceLength: number;
  readonly #offsets: number[] = [];

  constructor(pieceLength: number) {
    this.#pieceLength = pieceLength;
  }

  /** Takes the rest of a list that the reader has just begun. */
  addAll(reader: BencodeReader): void {
    let index = 0;
    for (let token = reader.next(); token !== 'end'; token = reader.next()) {
      const where = `info.files[${String(index)}]`;
      if (index === MAX_V1_ENTRIES) {
        const message = `more than ${String(MAX_V1_ENTRIES)} files and padding files`;
        throw new ManifestError('SHOAL_MANIFEST_TOO_MANY_ENTRIES', message);
      }
      if (token !== 'dictionary')
        throw new BencodeFieldError('SHOAL_BENCODE_FIELD_TYPE', where, 'not a dictionary');
      this.add(readMembers(reader, WANTED).values, undefined, where);
      index += 1;
    }
  }

  /** Takes a file; `path` when it is known, else that of its dictionary is read. */
  add(file: BencodeDictionary, path: readonly string[] | undefined, where: string): void {
    const attributes = readAttributes(file, where);
    if (attributes.padding) {
      this.#addPadding(file, attributes.symlink, where);
      return;
    }
    const entry = readEntry(file, path ?? readPath(file, where), where);
    this.entries.append(entry);
    this.#offsets.push(this.end);
    if (entry.kind === 'file') this.#advance(entry.length);
  }

  /** The files at their places. */
  placed(): PlacedEntries {
    return new PlacedEntries(this.entries, Float64Array.from(this.#offsets));
  }

  #addPadding(file: BencodeDictionary, symlink: boolean, where: string): void {
    const length = getInt(file, 'length', LENGTH_RANGE, where);
    if (symlink || length >= this.#pieceLength) {
      throw MetainfoError.of(
        'SHOAL_METAINFO_PADDING',
        `${where}: padding that is a symlink, or as long as a piece`,
      );
    }
    this.#advance(length);
  }

  #advance(length: number): void {
    this.end += length;
    if (this.end > MAX_TOTAL_SIZE)
      throw new ManifestError('SHOAL_MANIFEST_TOO_LARGE', 'more than 2^53 - 1 bytes in all');
  }
}

function readEntry(file: BencodeDictionary, path: readonly string[], where: string): ManifestEntry {
  const attributes = readAttributes(file, where);
  // The length of a symlink is taken as zero whatever it says, as libtorrent does.
  const hidden = attributes.hidden ? { hidden: true } : {};
  if (attributes.symlink) return { kind: 'symlink', path, target: decodeTarget(file, where), ...hidden };
  const length = getInt(file, 'length', LENGTH_RANGE, where);
  return { kind: 'file', path, length, executable: attributes.executable, ...hidden };
}

function readPath(file: BencodeDictionary, where: string): string[] {
  // Clients that wrote `path` in a local encoding put the UTF-8 form beside it.
  const key = file.has('path.utf-8') ? 'path.utf-8' : 'path';
  return getList(file, key, where).map((component) => asText(component, `${where}.${key}`));
}
