import { asDictionary, asText, getBytes, getInt, getList } from '../bencode/fields.ts';
import type { BencodeDictionary, BencodeValue } from '../bencode/value.ts';
import { MAX_TOTAL_SIZE } from '../manifest/constants.ts';
import { decodeTarget, readAttributes } from '../manifest/file-tree.ts';
import type { ManifestEntry } from '../manifest/manifest.ts';
import { ManifestError } from '../manifest/manifest-error.ts';
import { validateTree } from '../manifest/validate.ts';
import { MAX_V1_ENTRIES, SHA1_LENGTH } from './constants.ts';
import { countPieces, type FileLayout, placeEntry } from './file-layout.ts';
import { MetainfoError } from './metainfo-error.ts';
import type { MetainfoEntry } from './metainfo.ts';

/** What a v1 `info` dictionary says about its files. */
export interface V1Layout {
  readonly layout: FileLayout;
  readonly singleFile: boolean;
}

const LENGTH_RANGE = { min: 0, max: MAX_TOTAL_SIZE };

/**
 * Reads the files of a v1 `info` dictionary (BEP 3): `length`, or `files` with their padding (BEP 47).
 * @throws MetainfoError, ManifestError or BencodeFieldError when they are malformed, or no valid tree
 */
export function readV1Layout(
  info: BencodeDictionary,
  name: string,
  geometry: Pick<FileLayout, 'format' | 'pieceLength'>,
): V1Layout {
  const singleFile = info.has('length');
  if (singleFile && info.has('files')) {
    throw MetainfoError.of('SHOAL_METAINFO_AMBIGUOUS_FILES', 'info: both length and files');
  }
  const reader = new V1FileReader(geometry.pieceLength);
  if (singleFile) reader.add(info, [name], 'info');
  else reader.addAll(getList(info, 'files', 'info'));
  validateTree(reader.files);
  const pieceSpaceLength = reader.end;
  const pieceCount = countPieces(pieceSpaceLength, geometry.pieceLength);
  return { layout: { ...geometry, files: reader.files, pieceSpaceLength, pieceCount }, singleFile };
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
  readonly files: MetainfoEntry[] = [];
  end = 0;
  readonly #pieceLength: number;

  constructor(pieceLength: number) {
    this.#pieceLength = pieceLength;
  }

  addAll(list: readonly BencodeValue[]): void {
    if (list.length > MAX_V1_ENTRIES) {
      const message = `more than ${String(MAX_V1_ENTRIES)} files and padding files`;
      throw new ManifestError('SHOAL_MANIFEST_TOO_MANY_ENTRIES', message);
    }
    list.forEach((item, index) => {
      const where = `info.files[${String(index)}]`;
      this.add(asDictionary(item, where), undefined, where);
    });
  }

  /** Takes a file; `path` when it is known, else that of its dictionary is read. */
  add(file: BencodeDictionary, path: readonly string[] | undefined, where: string): void {
    const attributes = readAttributes(file, where);
    const index = this.files.length;
    if (attributes.padding) {
      this.#addPadding(file, attributes.symlink, where);
      return;
    }
    const entry = readEntry(file, path ?? readPath(file, where), where);
    const placed = placeEntry(entry, index, this.end);
    this.files.push(placed);
    this.#advance(placed.length);
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
  if (attributes.symlink) return { kind: 'symlink', path, target: decodeTarget(file, where) };
  const length = getInt(file, 'length', LENGTH_RANGE, where);
  return { kind: 'file', path, length, executable: attributes.executable };
}

function readPath(file: BencodeDictionary, where: string): string[] {
  // Clients that wrote `path` in a local encoding put the UTF-8 form beside it.
  const key = file.has('path.utf-8') ? 'path.utf-8' : 'path';
  return getList(file, key, where).map((component) => asText(component, `${where}.${key}`));
}
