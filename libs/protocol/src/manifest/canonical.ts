import { hash } from 'node:crypto';
import type { BencodeLimits } from '../bencode/constants.ts';
import { decodeBencode } from '../bencode/decode.ts';
import { encodeBencode } from '../bencode/encode.ts';
import { asDictionary } from '../bencode/fields.ts';
import { equalBytes } from '../bytes.ts';
import { MAX_DIRECTORIES, MAX_ENTRIES, MAX_PATH_DEPTH } from './constants.ts';
import { decodeFileTree, encodeFileTree } from './file-tree.ts';
import type { ManifestEntry } from './manifest.ts';
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
export function canonicalManifest(entries: readonly ManifestEntry[]): Uint8Array {
  validateManifest(entries);
  return encodeBencode(encodeFileTree(entries));
}

/**
 * Digest of a tree's content: SHA-256 of its {@link canonicalManifest}.
 * @throws ManifestError as that does
 */
export function contentDigest(entries: readonly ManifestEntry[]): ContentDigest {
  return hash('sha256', canonicalManifest(entries), 'buffer') as Uint8Array as ContentDigest;
}

/**
 * Reads a canonical manifest.
 * @throws BencodeError, BencodeFieldError or ManifestError when `bytes` are not exactly what {@link canonicalManifest}
 * writes for some valid manifest
 */
export function parseCanonicalManifest(bytes: Uint8Array): ManifestEntry[] {
  const entries = decodeFileTree(
    asDictionary(decodeBencode(bytes, CANONICAL_LIMITS), 'manifest'),
    'manifest',
  );
  if (!equalBytes(canonicalManifest(entries), bytes)) {
    throw new ManifestError('SHOAL_MANIFEST_NOT_CANONICAL', 'has fields that no canonical manifest has');
  }
  return entries;
}
