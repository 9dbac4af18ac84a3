import { binaryToText, encodeUtf8, textToBinary } from '../bytes.ts';
import { asDictionary, asText, getBytes, getInt, getList, getString } from '../bencode/fields.ts';
import type { BencodeDictionary, BencodeValue } from '../bencode/value.ts';
import { MAX_TOTAL_SIZE, ROOT_LENGTH } from './constants.ts';
import type { ManifestEntry, ManifestFile, ManifestSymlink } from './manifest.ts';
import { ManifestError } from './manifest-error.ts';

/** Key of a file's properties in its own dictionary, which tells it from a directory (BEP 52). */
const PROPERTIES = '';

type MutableDictionary = Map<string, BencodeValue>;

/**
 * The BEP 52 `file tree` of entries, with BEP 47 attributes: `attr` "x" for executables, "l" with `symlink path` for
 * symlinks.
 * @throws ManifestError SHOAL_MANIFEST_INVALID_ROOT when a file that is not empty has no root
 */
export function encodeFileTree(entries: readonly ManifestEntry[]): BencodeDictionary {
  const root: MutableDictionary = new Map();
  for (const entry of entries) {
    let directory = root;
    for (const component of entry.path) directory = enter(directory, textToBinary(component));
    directory.set(PROPERTIES, entry.kind === 'file' ? fileProperties(entry) : symlinkProperties(entry));
  }
  return root;
}

/** BEP 47 form of a symlink's target. */
export function encodeTarget(target: readonly string[]): BencodeValue {
  return target.map(encodeUtf8);
}

/**
 * The entries of a BEP 52 `file tree`, in its order. Paths and symlinks are not checked yet: see `validateTree`.
 * Recurses once a level of nesting, which the decoder that made `tree` has bounded.
 * @throws ManifestError when the nesting is wrong, a root is missing, or an entry is padding; BencodeFieldError when a
 * property is missing or of the wrong type
 */
export function decodeFileTree(tree: BencodeDictionary, where: string): ManifestEntry[] {
  const entries: ManifestEntry[] = [];
  collect(tree, [], where, entries);
  return entries;
}

function enter(directory: MutableDictionary, name: string): MutableDictionary {
  const existing = directory.get(name);
  if (existing instanceof Map) return existing as MutableDictionary;
  const created: MutableDictionary = new Map();
  directory.set(name, created);
  return created;
}

function fileProperties(file: ManifestFile): BencodeDictionary {
  const properties: MutableDictionary = new Map();
  if (file.executable) properties.set('attr', encodeUtf8('x'));
  properties.set('length', BigInt(file.length));
  if (file.length > 0) {
    if (file.piecesRoot === undefined) {
      throw new ManifestError('SHOAL_MANIFEST_INVALID_ROOT', 'no Merkle root', [file.path]);
    }
    properties.set('pieces root', file.piecesRoot);
  }
  return properties;
}

function symlinkProperties(link: ManifestSymlink): BencodeDictionary {
  return new Map<string, BencodeValue>([
    ['attr', encodeUtf8('l')],
    ['length', 0n],
    ['symlink path', encodeTarget(link.target)],
  ]);
}

function collect(
  tree: BencodeDictionary,
  path: readonly string[],
  where: string,
  entries: ManifestEntry[],
): void {
  if (tree.size === 0) throw new ManifestError('SHOAL_MANIFEST_NESTING', 'an empty directory', [path]);
  for (const [key, value] of tree) {
    const name = binaryToText(key);
    if (name === undefined) {
      throw new ManifestError('SHOAL_MANIFEST_INVALID_PATH', 'a name in it is not valid UTF-8', [path]);
    }
    const childPath = [...path, name];
    if (key === PROPERTIES)
      throw new ManifestError('SHOAL_MANIFEST_NESTING', 'both file and directory', [childPath]);
    const childWhere = `${where}.${name}`;
    const child = asDictionary(value, childWhere);
    const properties = child.get(PROPERTIES);
    if (properties === undefined || child.size > 1) collect(child, childPath, childWhere, entries);
    else entries.push(decodeEntry(asDictionary(properties, childWhere), childPath, childWhere));
  }
}

function decodeEntry(properties: BencodeDictionary, path: readonly string[], where: string): ManifestEntry {
  const attributes = readAttributes(properties, where);
  if (attributes.padding) {
    throw new ManifestError('SHOAL_MANIFEST_INVALID_ATTRIBUTES', 'padding has no place in a file tree', [
      path,
    ]);
  }
  if (attributes.symlink) return { kind: 'symlink', path, target: decodeTarget(properties, where) };
  const { executable } = attributes;
  const length = getInt(properties, 'length', { min: 0, max: MAX_TOTAL_SIZE }, where);
  if (length === 0) return { kind: 'file', path, length, executable };
  const piecesRoot = getBytes(properties, 'pieces root', where);
  if (piecesRoot.length !== ROOT_LENGTH) {
    throw new ManifestError('SHOAL_MANIFEST_INVALID_ROOT', 'a Merkle root that is not 32 bytes', [path]);
  }
  return { kind: 'file', path, length, executable, piecesRoot };
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

/** The attributes of BEP 47 that matter here; hidden files and unknown letters are ignored, as it says. */
export interface FileAttributes {
  readonly executable: boolean;
  readonly symlink: boolean;
  readonly padding: boolean;
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
  };
}
