import { type OpenUploadRequest, ShoalError, Status, type UploadState } from '@shoal/contracts';
import type { HostRow, UploadRow } from '@shoal/database';
import { manifestChunks } from '@shoal/fleet';
import type { Entries } from '@shoal/protocol';
import { software } from '@shoal/service';
import { OPEN_UPLOAD_DEADLINE_MS, TICKET_LIFETIME_MS } from '../constants.ts';
import { profileMessage } from './profiles.ts';
import type { UploadComponents } from './upload-components.ts';

/** An upload as its seeder sees it. */
export interface OpenedUpload {
  readonly upload: UploadRow;
  readonly seeder: HostRow;
  readonly ticket: string;
  /** Bytes that are durable. */
  readonly offset: bigint;
  readonly state: UploadState;
}

/**
 * Opens an upload at a seeder, or finds it there, and learns how far it is. It gets a fresh ticket.
 * @throws ShoalError of the seeder, or SHOAL_UNAVAILABLE and SHOAL_DEADLINE_EXCEEDED
 */
export async function openAtSeeder(
  { seeders, signer, clock }: UploadComponents,
  upload: UploadRow,
  seeder: HostRow,
  entries: Entries,
): Promise<OpenedUpload> {
  const { uploadId, namespace, principal } = upload;
  const expiresAt = new Date(clock.now() + TICKET_LIFETIME_MS);
  const ticket = signer.signTicket({ uploadId, namespace, seederId: seeder.hostId, principal, expiresAt });
  const { offset, state } = await seeders
    .to(seeder)
    .openUpload(messages(upload, ticket, entries), { deadlineMs: OPEN_UPLOAD_DEADLINE_MS });
  return { upload, seeder, ticket, offset, state };
}

async function* messages(
  upload: UploadRow,
  ticket: string,
  entries: Entries,
): AsyncGenerator<OpenUploadRequest> {
  const header = { ticket, name: upload.name, profile: profileMessage(upload), catalog: software() };
  yield { part: { $case: 'header', value: header } };
  for (const chunk of manifestChunks(entries)) {
    // The stream asks for the next message when it has room for it.
    await Promise.resolve();
    yield { part: { $case: 'manifest', value: chunk } };
  }
}

const UNREACHABLE: readonly Status[] = [Status.UNAVAILABLE, Status.DEADLINE_EXCEEDED];

/** Whether a failure says that the seeder cannot be talked to now. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof ShoalError && UNREACHABLE.includes(error.status);
}

/** Whether another seeder may take what this one did not. */
export function mayGoElsewhere(error: unknown): boolean {
  return isUnreachable(error) || (error instanceof ShoalError && error.status === Status.RESOURCE_EXHAUSTED);
}
