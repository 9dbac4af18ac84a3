import { type Upload, UploadState } from '@shoal/contracts';
import { hosts, type UploadRow, uploads } from '@shoal/database';
import { decodeManifest } from '@shoal/fleet';
import { findArtifact } from '../artifacts/find-artifact.ts';
import { CatalogError } from '../errors.ts';
import { isUnreachable, type OpenedUpload, openAtSeeder } from './open-at-seeder.ts';
import { seederAway } from './place-upload.ts';
import type { UploadComponents } from './upload-components.ts';
import { failedMessage, openedMessage, publishedMessage } from './upload-message.ts';

/**
 * How far an upload is; while bytes are missing, its seeder is asked.
 * @throws CatalogError SHOAL_UPLOAD_NOT_FOUND, SHOAL_UPLOAD_SEEDER_AWAY; ShoalError of the seeder
 */
export async function getUpload(
  components: UploadComponents,
  namespace: string,
  uploadId: string,
): Promise<Upload> {
  const upload = await findUpload(components, namespace, uploadId);
  if (isOver(upload)) return overMessage(components, upload);
  const opened = await askSeeder(components, upload);
  // It may have been published while the seeder was asked, or the seeder says so.
  const now = await findUpload(components, namespace, uploadId);
  return isOver(now) ? overMessage(components, now) : openedMessage(withoutPublished(opened));
}

async function findUpload(
  { database }: UploadComponents,
  namespace: string,
  uploadId: string,
): Promise<UploadRow> {
  const upload = await uploads.find(database.db, namespace, uploadId);
  if (upload !== undefined) return upload;
  throw new CatalogError('SHOAL_UPLOAD_NOT_FOUND', `namespace ${namespace} has no upload ${uploadId}`);
}

function isOver({ state }: UploadRow): boolean {
  return state === 'published' || state === 'failed';
}

async function overMessage({ database }: UploadComponents, upload: UploadRow): Promise<Upload> {
  if (upload.state === 'failed') return failedMessage(upload);
  const { namespace, name, version, uploadId } = upload;
  return publishedMessage(await findArtifact(database.db, namespace, name, version), uploadId);
}

async function askSeeder(components: UploadComponents, upload: UploadRow): Promise<OpenedUpload> {
  const { db } = components.database;
  const { namespace, uploadId, seederId } = upload;
  const seeder = await hosts.find(db, namespace, seederId);
  const manifest = await uploads.readManifest(db, namespace, uploadId);
  if (seeder === undefined || manifest === undefined) throw seederAway(upload, undefined);
  try {
    return await openAtSeeder(components, upload, seeder, decodeManifest(manifest));
  } catch (error) {
    throw isUnreachable(error) ? seederAway(upload, error) : error;
  }
}

/** Only the catalog's own record makes an artifact: until it is written, bytes at a seeder are staged. */
function withoutPublished(opened: OpenedUpload): OpenedUpload {
  if (opened.state !== UploadState.UPLOAD_STATE_PUBLISHED) return opened;
  return { ...opened, state: UploadState.UPLOAD_STATE_STAGED };
}
