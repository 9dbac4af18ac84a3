import type { CompleteUploadHeader, CompleteUploadRequest, UploadTicket } from '@shoal/contracts';
import { type UploadRow, uploads } from '@shoal/database';
import { decodeManifest } from '@shoal/fleet';
import { CatalogError, type CatalogErrorCode } from '../errors.ts';
import { checkMetainfo, type CheckedMetainfo } from './check-metainfo.ts';
import { profileOf } from './profiles.ts';
import { contentRow, publish, swarmRow } from './publish.ts';
import { receive } from './receive.ts';
import { receiveMetainfo } from './receive-metainfo.ts';
import type { UploadComponents } from './upload-components.ts';

/** Failures that no further report can change. */
const FINAL: readonly CatalogErrorCode[] = [
  'SHOAL_ARTIFACT_VERSION_TAKEN',
  'SHOAL_UPLOAD_CONTENT_MISMATCH',
  'SHOAL_UPLOAD_METAINFO_MISMATCH',
];

/**
 * Publishes what a seeder holds durably. A report that comes again is answered the same.
 * @throws CatalogError SHOAL_UPLOAD_*, SHOAL_ARTIFACT_VERSION_TAKEN; ShoalError SHOAL_TICKET_*; MetainfoError
 */
export async function completeUpload(
  components: UploadComponents,
  messages: AsyncIterable<CompleteUploadRequest>,
): Promise<Uint8Array> {
  // Whatever was staged in time is published, also when this catalog was away for longer than tickets hold.
  const checkTicket = ({ ticket }: CompleteUploadHeader) =>
    components.verifier.verifyTicket(ticket, new Date(0));
  const { header: ticket, metainfo } = await receive(receiveMetainfo(messages, checkTicket));
  const upload = await findUpload(components, ticket);
  if (upload.state === 'published' && upload.contentDigest !== null) return upload.contentDigest;
  try {
    const entries = await readEntries(components, upload);
    const expected = { name: upload.name, profile: profileOf(upload), entries };
    const checked = checkMetainfo(metainfo, expected);
    await publishUpload(components, upload, ticket.seederId, metainfo, checked);
    return checked.contentDigest;
  } catch (error) {
    if (error instanceof CatalogError && FINAL.includes(error.code))
      await fail(components, upload, error.code);
    throw error;
  }
}

/**
 * The upload of a ticket. It may have been given to another seeder meanwhile: whichever is done first has the bytes, and
 * they are checked all the same.
 */
async function findUpload({ database }: UploadComponents, ticket: UploadTicket): Promise<UploadRow> {
  const { namespace, uploadId } = ticket;
  const upload = await uploads.find(database.db, namespace, uploadId);
  if (upload === undefined) {
    throw new CatalogError('SHOAL_UPLOAD_NOT_FOUND', `namespace ${namespace} has no upload ${uploadId}`);
  }
  if (upload.state === 'failed') {
    throw new CatalogError(
      'SHOAL_UPLOAD_FAILED',
      `upload ${uploadId} failed before: ${upload.errorCode ?? ''}`,
    );
  }
  return upload;
}

async function readEntries({ database }: UploadComponents, { namespace, uploadId }: UploadRow) {
  const manifest = await uploads.readManifest(database.db, namespace, uploadId);
  return manifest === undefined ? [] : decodeManifest(manifest);
}

async function publishUpload(
  components: UploadComponents,
  upload: UploadRow,
  seederId: string,
  bytes: Uint8Array,
  { metainfo, entries, contentDigest }: CheckedMetainfo,
): Promise<void> {
  const { namespace, name, version, labels, principal, uploadId } = upload;
  await publish(components, {
    artifact: { namespace, name, version, labels, principal, contentDigest },
    content: contentRow(contentDigest, entries),
    swarm: swarmRow({ namespace, contentDigest, profile: profileOf(upload) }, bytes, metainfo),
    storedBy: seederId,
    uploadId,
  });
  components.wakeOutbox();
}

async function fail(
  { database, logger }: UploadComponents,
  { namespace, uploadId }: UploadRow,
  errorCode: CatalogErrorCode,
): Promise<void> {
  logger.warn({ namespace, uploadId, errorCode }, 'an upload failed');
  await uploads.advance(database.db, namespace, uploadId, { to: 'failed', errorCode });
}
