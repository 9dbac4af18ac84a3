import type { OpenUploadHeader, OpenUploadRequest } from '@shoal/contracts';
import type { Entries, SwarmProfile } from '@shoal/protocol';
import { UploadError } from '../errors.ts';
import { ManifestReader } from './manifest-reader.ts';
import { readProfile } from './read-profile.ts';

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
  const manifest = new ManifestReader();
  for await (const { part } of messages) {
    if (part?.$case === 'header' && header === undefined) {
      header = part.value;
      onHeader(header);
    } else if (part?.$case === 'manifest' && header !== undefined) {
      manifest.add(part.value);
    } else {
      throw new UploadError('SHOAL_UPLOAD_PROTOCOL', 'the messages of OpenUpload are out of order');
    }
  }
  if (header === undefined) throw new UploadError('SHOAL_UPLOAD_PROTOCOL', 'OpenUpload sent no header');
  const profile = readProfile(header.profile);
  if (profile === undefined)
    throw new UploadError('SHOAL_UPLOAD_PROTOCOL', 'OpenUpload names no profile that this seeder can make');
  return { header, profile, manifest: manifest.finish() };
}
