import {
  type OpenUploadHeader,
  type OpenUploadRequest,
  SwarmFormat,
  type SwarmProfile as ProfileMessage,
} from '@shoal/contracts';
import { entriesOf } from '@shoal/fleet';
import {
  type Entries,
  EntryTable,
  type ManifestEntry,
  type MetainfoFormat,
  type SwarmProfile,
  validateManifest,
} from '@shoal/protocol';
import { MAX_MANIFEST_BYTES } from '../constants.ts';
import { UploadError } from '../errors.ts';

/** What an OpenUpload call says, checked. */
export interface OpenedUpload {
  readonly header: OpenUploadHeader;
  readonly profile: SwarmProfile;
  readonly manifest: Entries;
}

/**
 * Reads the messages of an OpenUpload call: a header, then the manifest in chunks.
 * @throws UploadError SHOAL_UPLOAD_PROTOCOL or SHOAL_UPLOAD_MANIFEST_TOO_LARGE, ManifestError
 */
export async function readOpenUpload(
  messages: AsyncIterable<OpenUploadRequest>,
  onHeader: (header: OpenUploadHeader) => void,
): Promise<OpenedUpload> {
  let header: OpenUploadHeader | undefined;
  const manifest = new EntryTable();
  let bytes = 0;
  for await (const { part } of messages) {
    if (part?.$case === 'header' && header === undefined) {
      header = part.value;
      onHeader(header);
    } else if (part?.$case === 'manifest' && header !== undefined) {
      const entries = entriesOf(part.value);
      bytes += sizeOf(entries);
      if (bytes > MAX_MANIFEST_BYTES) throw tooLarge();
      for (const entry of entries) manifest.append(entry);
    } else {
      throw new UploadError('SHOAL_UPLOAD_PROTOCOL', 'the messages of OpenUpload are out of order');
    }
  }
  if (header === undefined) throw new UploadError('SHOAL_UPLOAD_PROTOCOL', 'OpenUpload sent no header');
  validateManifest(manifest);
  return { header, profile: profileOf(header.profile), manifest };
}

/** What entries take in memory, roughly: the text of their paths, and what every entry has. */
function sizeOf(entries: readonly ManifestEntry[]): number {
  const perEntry = 64;
  return entries.reduce(
    (sum, { path }) => path.reduce((chars, part) => chars + part.length, sum + perEntry),
    0,
  );
}

const FORMATS: Readonly<Partial<Record<SwarmFormat, MetainfoFormat>>> = {
  [SwarmFormat.SWARM_FORMAT_V1]: 'v1',
  [SwarmFormat.SWARM_FORMAT_V2]: 'v2',
  [SwarmFormat.SWARM_FORMAT_HYBRID]: 'hybrid',
};

/** Bounds of a piece, in bytes (catalog.v1 SwarmProfile). */
const MIN_PIECE_LENGTH = 64 * 1024;
const MAX_PIECE_LENGTH = 16 * 1024 * 1024;

function profileOf(message: ProfileMessage | undefined): SwarmProfile {
  const format = message === undefined ? undefined : FORMATS[message.format];
  if (message?.version !== 1 || format === undefined || !isPieceLength(message.pieceLength)) {
    throw new UploadError('SHOAL_UPLOAD_PROTOCOL', 'OpenUpload names no profile that this seeder can make');
  }
  const profile = { version: 1, format, pieceLength: message.pieceLength, private: message.private } as const;
  return message.source === '' ? profile : { ...profile, source: message.source };
}

function isPieceLength(bytes: number): boolean {
  return bytes >= MIN_PIECE_LENGTH && bytes <= MAX_PIECE_LENGTH && Number.isInteger(Math.log2(bytes));
}

function tooLarge(): UploadError {
  return new UploadError(
    'SHOAL_UPLOAD_MANIFEST_TOO_LARGE',
    `the manifest takes more than ${MAX_MANIFEST_BYTES} bytes`,
  );
}
