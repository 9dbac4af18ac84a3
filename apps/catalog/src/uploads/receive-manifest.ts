import { createHash } from 'node:crypto';
import { type CreateUploadRequest, ManifestChunk, type UploadHeader } from '@shoal/contracts';
import { encodeManifest, entriesOf } from '@shoal/fleet';
import {
  type Entries,
  EntryTable,
  MAX_ENTRIES,
  type ManifestEntry,
  type MetainfoFormat,
  totalSizeOf,
  validateManifest,
} from '@shoal/protocol';
import { MAX_MANIFEST_BYTES } from '../constants.ts';
import { CatalogError } from '../errors.ts';
import { checkLabels } from '../requests/check-labels.ts';
import { checkName, checkNamespace, checkVersion } from '../requests/check-names.ts';
import { requestedFormat } from '../requests/formats.ts';

/** What a client wants to upload, checked. */
export interface WantedUpload {
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Undefined: by the catalog's policy. */
  readonly format: MetainfoFormat | undefined;
  readonly entries: Entries;
  /** As the database keeps it. */
  readonly manifest: Uint8Array;
  /** Names what was asked for: SHA-256 of format and manifest. The same again finds the upload again. */
  readonly manifestDigest: Uint8Array;
  /** Bytes of all regular files. */
  readonly size: bigint;
  /** Every file that is not empty has its root, so that the content digest is known. */
  readonly hashed: boolean;
}

/**
 * Reads the messages of CreateUpload: a header, then the manifest in chunks. Bounded while they come.
 * @throws FleetError SHOAL_MANIFEST_ENTRY_KIND; CatalogError SHOAL_UPLOAD_STREAM_INVALID, SHOAL_UPLOAD_MANIFEST_TOO_LARGE, SHOAL_UPLOAD_ROOTS_MISSING,
 * SHOAL_CATALOG_INVALID_REQUEST; ManifestError with the path at fault
 */
export async function receiveManifest(messages: AsyncIterable<CreateUploadRequest>): Promise<WantedUpload> {
  const { header, entries } = await collect(messages);
  const { namespace, name, version, labels } = header;
  validateManifest(entries);
  const format = requestedFormat(header.format);
  const hashed = hasEveryRoot(entries);
  if (format === 'v1' && !hashed) {
    throw new CatalogError(
      'SHOAL_UPLOAD_ROOTS_MISSING',
      'a v1 torrent has no Merkle roots, so they must be in the manifest, and some file has none',
    );
  }
  const manifest = encodeManifest(entries);
  const manifestDigest = createHash('sha256')
    .update(format ?? '')
    .update('\0')
    .update(manifest)
    .digest();
  const size = BigInt(totalSizeOf(entries));
  return { namespace, name, version, labels, format, entries, manifest, manifestDigest, size, hashed };
}

async function collect(messages: AsyncIterable<CreateUploadRequest>) {
  let header: UploadHeader | undefined;
  const entries = new EntryTable();
  let bytes = 0;
  for await (const { part } of messages) {
    if (part?.$case === 'header' && header === undefined) {
      header = part.value;
      checkHeader(header);
    } else if (part?.$case === 'manifest' && header !== undefined) {
      bytes += ManifestChunk.encode(part.value).finish().length;
      checkBounds(entries.length + part.value.entries.length, bytes);
      for (const entry of entriesOf(part.value)) entries.append(entry);
    } else {
      throw new CatalogError(
        'SHOAL_UPLOAD_STREAM_INVALID',
        'a message of CreateUpload is empty or out of order',
      );
    }
  }
  if (header === undefined) {
    throw new CatalogError('SHOAL_UPLOAD_STREAM_INVALID', 'CreateUpload ended without a header');
  }
  return { header, entries };
}

function checkHeader({ namespace, name, version, labels }: UploadHeader): void {
  checkNamespace(namespace);
  checkName(name);
  checkVersion(version);
  checkLabels('labels', labels);
}

function checkBounds(entries: number, bytes: number): void {
  if (entries <= MAX_ENTRIES && bytes <= MAX_MANIFEST_BYTES) return;
  throw new CatalogError(
    'SHOAL_UPLOAD_MANIFEST_TOO_LARGE',
    `the manifest has more than ${MAX_ENTRIES} entries or ${MAX_MANIFEST_BYTES} bytes`,
  );
}

function hasEveryRoot(entries: Entries): boolean {
  for (const entry of entries) if (!hasRoot(entry)) return false;
  return true;
}

function hasRoot(entry: ManifestEntry): boolean {
  return entry.kind === 'symlink' || entry.length === 0 || entry.piecesRoot !== undefined;
}
