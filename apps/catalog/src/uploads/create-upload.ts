import { type CreateUploadRequest, type Upload, UploadState } from '@shoal/contracts';
import { artifacts } from '@shoal/database';
import { contentDigest } from '@shoal/protocol';
import { type PublishedArtifact, withSwarms } from '../artifacts/find-artifact.ts';
import { sameBytes } from '../requests/digests.ts';
import { getUpload } from './get-upload.ts';
import { placeUpload } from './place-upload.ts';
import { publishKnown } from './publish-known.ts';
import { versionTaken } from './publish.ts';
import { receiveManifest, type WantedUpload } from './receive-manifest.ts';
import { receive } from './receive.ts';
import type { UploadComponents } from './upload-components.ts';
import { openedMessage, publishedMessage } from './upload-message.ts';

/**
 * Takes a manifest: answers with the artifact where the content is stored already, with a seeder and the offset to go on
 * from otherwise.
 * @throws CatalogError, ManifestError, ShoalError of the seeder
 */
export async function createUpload(
  components: UploadComponents,
  messages: AsyncIterable<CreateUploadRequest>,
  principal: string,
): Promise<Upload> {
  const wanted = await receive(receiveManifest(messages));
  const published =
    (await findPublished(components, wanted)) ?? (await publishKnown(components, wanted, principal));
  if (published !== undefined) return publishedMessage(published);
  const opened = await placeUpload(components, wanted, principal);
  if (opened.state !== UploadState.UPLOAD_STATE_PUBLISHED) return openedMessage(opened);
  return getUpload(components, wanted.namespace, opened.upload.uploadId);
}

/** The artifact of the same version and content. Without roots the content is known only once the bytes are there. */
async function findPublished(
  { database: { db } }: UploadComponents,
  { namespace, name, version, entries, hashed }: WantedUpload,
): Promise<PublishedArtifact | undefined> {
  const artifact = await artifacts.find(db, namespace, name, version);
  if (artifact === undefined || !hashed) return undefined;
  if (!sameBytes(artifact.contentDigest, contentDigest(entries))) throw versionTaken(artifact);
  const [published] = await withSwarms(db, [artifact]);
  return published;
}
