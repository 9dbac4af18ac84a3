import { textToBinary } from '../bytes.ts';
import type { BencodeWriter } from '../bencode/writer.ts';
import type { Entries, ManifestEntry, ManifestFile, ManifestSymlink } from './manifest.ts';
import { ManifestError } from './manifest-error.ts';

/**
 * Writes the BEP 52 `file tree` of entries, with BEP 47 attributes: `attr` "x" for executables, "l" with `symlink path`
 * for symlinks.
 * @param entries a manifest that `validateManifest` takes: its order is that of the keys to be written
 * @throws ManifestError SHOAL_MANIFEST_INVALID_ROOT when a file that is not empty has no root
 */
export function writeFileTree(writer: BencodeWriter, entries: Entries): void {
  /** The directories that are begun and not ended. */
  let open: readonly string[] = [];
  writer.beginDictionary();
  for (const entry of entries) {
    const directory = entry.path.slice(0, -1);
    const shared = sharedDepth(open, directory);
    for (let depth = open.length; depth > shared; depth -= 1) writer.end();
    for (const name of directory.slice(shared)) begin(writer, name);
    open = directory;
    writeEntry(writer, entry);
  }
  for (let depth = open.length; depth > 0; depth -= 1) writer.end();
  writer.end();
}

/** Writes the BEP 47 form of a symlink's target. */
export function writeTarget(writer: BencodeWriter, target: readonly string[]): void {
  writer.key('symlink path');
  writer.beginList();
  for (const component of target) writer.text(component);
  writer.end();
}

function sharedDepth(a: readonly string[], b: readonly string[]): number {
  let depth = 0;
  while (depth < a.length && depth < b.length && a[depth] === b[depth]) depth += 1;
  return depth;
}

function begin(writer: BencodeWriter, name: string): void {
  writer.key(textToBinary(name));
  writer.beginDictionary();
}

function writeEntry(writer: BencodeWriter, entry: ManifestEntry): void {
  begin(writer, entry.path.at(-1) ?? '');
  begin(writer, '');
  if (entry.kind === 'file') writeFile(writer, entry);
  else writeSymlink(writer, entry);
  writer.end();
  writer.end();
}

function writeFile(writer: BencodeWriter, file: ManifestFile): void {
  writeAttribute(writer, file.executable ? 'x' : undefined);
  writer.key('length');
  writer.integer(file.length);
  if (file.length === 0) return;
  if (file.piecesRoot === undefined) {
    throw new ManifestError('SHOAL_MANIFEST_INVALID_ROOT', 'no Merkle root', [file.path]);
  }
  writer.key('pieces root');
  writer.bytes(file.piecesRoot);
}

function writeSymlink(writer: BencodeWriter, link: ManifestSymlink): void {
  writeAttribute(writer, 'l');
  writer.key('length');
  writer.integer(0);
  writeTarget(writer, link.target);
}

/** Writes the `attr` of BEP 47, unless there is none. */
export function writeAttribute(writer: BencodeWriter, letter: 'x' | 'l' | 'p' | undefined): void {
  if (letter === undefined) return;
  writer.key('attr');
  writer.text(letter);
}
