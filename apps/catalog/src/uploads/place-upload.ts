import { randomUUID } from 'node:crypto';
import { UploadState } from '@shoal/contracts';
import { type HostRow, hosts, type UploadRow, uploads } from '@shoal/database';
import { ALIVE_FOR_MS, SEEDER_TAKEOVER_MS } from '../constants.ts';
import { CatalogError } from '../errors.ts';
import { isUnreachable, mayGoElsewhere, type OpenedUpload, openAtSeeder } from './open-at-seeder.ts';
import { assignProfile, profileColumns } from './profiles.ts';
import type { WantedUpload } from './receive-manifest.ts';
import type { UploadComponents } from './upload-components.ts';

/**
 * Finds the live upload that an earlier attempt left, or makes one, and opens it at its seeder.
 * @throws CatalogError SHOAL_UPLOAD_NO_SEEDER, SHOAL_UPLOAD_SEEDER_AWAY; ShoalError of the seeder
 */
export async function placeUpload(
  components: UploadComponents,
  wanted: WantedUpload,
  principal: string,
): Promise<OpenedUpload> {
  const { db } = components.database;
  const { namespace, name, version, manifestDigest } = wanted;
  const live = await uploads.findLive(db, { namespace, name, version, manifestDigest });
  if (live === undefined) return placeNew(components, wanted, principal);
  const resumed = await resume(components, wanted, live);
  if (resumed.state !== UploadState.UPLOAD_STATE_FAILED) return resumed;
  const errorCode = 'SHOAL_UPLOAD_FAILED';
  await uploads.advance(db, namespace, live.uploadId, { to: 'failed', errorCode });
  return placeNew(components, wanted, principal);
}

async function placeNew(
  components: UploadComponents,
  wanted: WantedUpload,
  principal: string,
): Promise<OpenedUpload> {
  const candidates = await rankSeeders(components, wanted);
  const [first] = candidates;
  if (first === undefined) throw noSeeder(wanted, 'no seeder is alive that has enough free bytes');
  const { namespace, name, version, labels, entries, manifest, manifestDigest, size } = wanted;
  const { upload, created } = await uploads.open(components.database.db, {
    uploadId: randomUUID(),
    namespace,
    principal,
    name,
    version,
    labels,
    manifest,
    manifestDigest,
    size,
    ...profileColumns(assignProfile(entries, namespace, wanted.format)),
    seederId: first.hostId,
  });
  return created ? offer(components, wanted, upload, candidates) : resume(components, wanted, upload);
}

/** Goes on where an earlier attempt ended. */
async function resume(
  components: UploadComponents,
  wanted: WantedUpload,
  upload: UploadRow,
): Promise<OpenedUpload> {
  const seeder = await hosts.find(components.database.db, upload.namespace, upload.seederId);
  if (seeder === undefined) return offer(components, wanted, upload, await rankSeeders(components, wanted));
  try {
    return await openAtSeeder(components, upload, seeder, wanted.entries);
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    // Bytes may be durable there: it is worth waiting for, but not for ever.
    const silentMs = components.clock.now() - seeder.lastSeenAt.getTime();
    if (silentMs < SEEDER_TAKEOVER_MS) throw seederAway(upload, error);
    return offer(components, wanted, upload, await rankSeeders(components, wanted));
  }
}

/** Opens an upload of which nothing is stored at the first candidate that takes it. */
async function offer(
  components: UploadComponents,
  wanted: WantedUpload,
  upload: UploadRow,
  candidates: readonly HostRow[],
): Promise<OpenedUpload> {
  const { db } = components.database;
  let cause: unknown;
  for (const seeder of candidates) {
    const { namespace, uploadId } = upload;
    const assigned =
      upload.seederId === seeder.hostId
        ? upload
        : await uploads.reassign(db, namespace, uploadId, seeder.hostId);
    if (assigned === undefined) break;
    try {
      return await openAtSeeder(components, assigned, seeder, wanted.entries);
    } catch (error) {
      if (!mayGoElsewhere(error)) throw error;
      components.logger.warn(
        { err: error, seeder: seeder.hostId, uploadId },
        'a seeder did not take an upload',
      );
      cause = error;
    }
  }
  throw noSeeder(wanted, 'no seeder that is alive took the upload', cause);
}

async function rankSeeders(
  { database, seederPolicy }: UploadComponents,
  { namespace, size }: WantedUpload,
): Promise<readonly HostRow[]> {
  return seederPolicy.rank(await hosts.aliveSeeders(database.db, namespace, ALIVE_FOR_MS), size);
}

function noSeeder({ name, version, size }: WantedUpload, why: string, cause?: unknown): CatalogError {
  return new CatalogError('SHOAL_UPLOAD_NO_SEEDER', `${name}@${version} needs ${size} bytes: ${why}`, {
    cause,
  });
}

/** Raised while the seeder that holds a part of an upload cannot be reached. */
export function seederAway({ uploadId, seederId }: UploadRow, cause: unknown): CatalogError {
  return new CatalogError(
    'SHOAL_UPLOAD_SEEDER_AWAY',
    `seeder ${seederId}, which has upload ${uploadId}, cannot be reached`,
    { cause },
  );
}
