import { createHash } from 'node:crypto';
import { BencodeFieldError } from '../bencode/bencode-error.ts';
import type { BencodeLimits } from '../bencode/constants.ts';
import { BencodeReader } from '../bencode/reader.ts';
import { BencodeWriter } from '../bencode/writer.ts';
import { equalBytes } from '../bytes.ts';
import { MAX_DIRECTORIES, MAX_ENTRIES, MAX_PATH_DEPTH } from './constants.ts';
import { writeFileTree } from './encode-file-tree.ts';
import { readFileTree } from './file-tree.ts';
import type { Entries } from './manifest.ts';
import { ManifestError } from './manifest-error.ts';
import { validateManifest } from './validate.ts';

declare const brand: unique symbol;

/** SHA-256 of a canonical manifest, 32 bytes: names the content of an artifact, whatever swarms carry it. */
export type ContentDigest = Uint8Array & { readonly [brand]: 'ContentDigest' };

/** Bounds of a canonical manifest: 12 values for each entry and 2 for each directory, and a file's own dictionaries. */
const CANONICAL_LIMITS: BencodeLimits = {
  maxBytes: 64 * 1024 * 1024,
  maxDepth: MAX_PATH_DEPTH + 3,
  maxTokens: 12 * MAX_ENTRIES + 2 * MAX_DIRECTORIES + MAX_PATH_DEPTH,
};

/**
 * The canonical form of a manifest: its bencoded BEP 52 file tree with BEP 47 attributes.
 * @throws ManifestError when the manifest is not valid, or a file that is not empty has no `piecesRoot`
 */
export function canonicalManifest(entries: Entries): Uint8Array {
  validateManifest(entries);
  const writer = new BencodeWriter();
  writeFileTree(writer, entries);
  return writer.finish();
}

/**
 * Digest of a tree's content: SHA-256 of its {@link canonicalManifest}.
 * @throws ManifestError as that does
 */
export function contentDigest(entries: Entries): ContentDigest {
  validateManifest(entries);
  const hash = createHash('sha256');
  const writer = new BencodeWriter((part) => hash.update(part));
  writeFileTree(writer, entries);
  writer.finish();
  return hash.digest() as Uint8Array as ContentDigest;
}

/**
 * Reads a canonical manifest.
 * @throws BencodeError, BencodeFieldError or ManifestError when `bytes` are not exactly what {@link canonicalManifest}
 * writes for some valid manifest
 */
export function parseCanonicalManifest(bytes: Uint8Array): Entries {
  const reader = new BencodeReader(bytes, CANONICAL_LIMITS);
  if (reader.next() !== 'dictionary') {
    throw new BencodeFieldError('SHOAL_BENCODE_FIELD_TYPE', 'manifest', 'not a dictionary');
  }
  const entries = readFileTree(reader, 'manifest');
  reader.expectEnd();
  if (!equalBytes(canonicalManifest(entries), bytes)) {
    throw new ManifestError('SHOAL_MANIFEST_NOT_CANONICAL', 'has fields that no canonical manifest has');
  }
  return entries;
}
