import { binaryToText } from '../bytes.ts';
import { BencodeFieldError } from '../bencode/bencode-error.ts';
import { asText, getBytes, getInt, getList, getString } from '../bencode/fields.ts';
import { readMembers } from '../bencode/members.ts';
import type { BencodeReader, BencodeToken } from '../bencode/reader.ts';
import type { BencodeDictionary } from '../bencode/value.ts';
import { MAX_TOTAL_SIZE } from './constants.ts';
import { EntryTable } from './entry-table.ts';
import type { ManifestEntry } from './manifest.ts';
import { ManifestError } from './manifest-error.ts';

/** Key of a file's properties in its own dictionary, which tells it from a directory (BEP 52). */
const PROPERTIES = '';

/** Members of a file's properties that matter. */
const WANTED = { decoded: new Set(['attr', 'length', 'pieces root', 'symlink path']) };

/**
 * Reads the entries of a BEP 52 `file tree`, in its order; the reader has just begun its dictionary. Paths and symlinks
 * are not checked yet: see `validateTree`. Recurses once a level of nesting, which the reader bounds.
 * @param where path of the tree, for errors
 * @throws ManifestError when the nesting is wrong, a root is missing, or an entry is padding; BencodeFieldError when a
 * property is missing or of the wrong type; BencodeError as the reader
 */
export function readFileTree(reader: BencodeReader, where: string): EntryTable {
  const fileTree = new FileTreeReader(reader, where);
  fileTree.readDirectory([], reader.next());
  return fileTree.entries;
}

class FileTreeReader {
  readonly entries = new EntryTable();
  readonly #reader: BencodeReader;
  readonly #where: string;

  constructor(reader: BencodeReader, where: string) {
    this.#reader = reader;
    this.#where = where;
  }

  /** Reads a directory from its `first` key, which the reader has just read, to its end. */
  readDirectory(path: readonly string[], first: BencodeToken): void {
    if (first === 'end') throw new ManifestError('SHOAL_MANIFEST_NESTING', 'an empty directory', [path]);
    for (let token: BencodeToken = first; token === 'key'; token = this.#reader.next()) {
      const name = binaryToText(this.#reader.latin1());
      if (name === undefined) {
        throw new ManifestError('SHOAL_MANIFEST_INVALID_PATH', 'a name in it is not valid UTF-8', [path]);
      }
      const childPath = [...path, name];
      if (name === PROPERTIES) throw fileAndDirectory(childPath);
      this.#readChild(childPath);
    }
  }

  #readChild(path: readonly string[]): void {
    this.#beginDictionary(path);
    const first = this.#reader.next();
    if (first !== 'key' || this.#reader.latin1() !== PROPERTIES) {
      this.readDirectory(path, first);
      return;
    }
    this.#beginDictionary(path);
    const { values } = readMembers(this.#reader, WANTED);
    this.entries.append(entryOf(values, path, this.#fieldOf(path)));
    if (this.#reader.next() !== 'end') throw fileAndDirectory([...path, PROPERTIES]);
  }

  #beginDictionary(path: readonly string[]): void {
    if (this.#reader.next() === 'dictionary') return;
    throw new BencodeFieldError('SHOAL_BENCODE_FIELD_TYPE', this.#fieldOf(path), 'not a dictionary');
  }

  #fieldOf(path: readonly string[]): string {
    return `${this.#where}.${path.join('.')}`;
  }
}

function fileAndDirectory(path: readonly string[]): ManifestError {
  return new ManifestError('SHOAL_MANIFEST_NESTING', 'both file and directory', [path]);
}

function entryOf(properties: BencodeDictionary, path: readonly string[], where: string): ManifestEntry {
  const attributes = readAttributes(properties, where);
  if (attributes.padding) {
    throw new ManifestError('SHOAL_MANIFEST_INVALID_ATTRIBUTES', 'padding has no place in a file tree', [
      path,
    ]);
  }
  const hidden = attributes.hidden ? { hidden: true } : {};
  if (attributes.symlink)
    return { kind: 'symlink', path, target: decodeTarget(properties, where), ...hidden };
  const { executable } = attributes;
  const length = getInt(properties, 'length', { min: 0, max: MAX_TOTAL_SIZE }, where);
  if (length === 0) return { kind: 'file', path, length, executable, ...hidden };
  const piecesRoot = getBytes(properties, 'pieces root', where);
  return { kind: 'file', path, length, executable, piecesRoot, ...hidden };
}

/**
 * The components of a BEP 47 `symlink path`.
 * @throws BencodeFieldError when it is missing, or not a list of texts
 */
export function decodeTarget(properties: BencodeDictionary, where: string): string[] {
  return getList(properties, 'symlink path', where).map((component) =>
    asText(component, `${where}.symlink path`),
  );
}

/** The attributes of BEP 47; unknown letters are ignored, as it says. */
export interface FileAttributes {
  readonly executable: boolean;
  readonly symlink: boolean;
  readonly padding: boolean;
  readonly hidden: boolean;
}

/**
 * Reads the `attr` of a file.
 * @throws BencodeFieldError when there is one that is not text
 */
export function readAttributes(properties: BencodeDictionary, where: string): FileAttributes {
  const letters = properties.has('attr') ? getString(properties, 'attr', where) : '';
  return {
    executable: letters.includes('x'),
    symlink: letters.includes('l'),
    padding: letters.includes('p'),
    hidden: letters.includes('h'),
  };
}
