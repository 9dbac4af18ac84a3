import {
  type CreateUploadRequest,
  type DeepPartial,
  type ManifestEntry as EntryMessage,
  SeederServiceDefinition,
  type SwarmFormat,
  type Upload,
  type UploadRequest,
} from '@shoal/contracts';
import type { Entries, ManifestEntry } from '@shoal/protocol';
import { readTree, scanTree } from '@shoal/session';
import type { Platform } from './platform.ts';

/** An artifact to be pushed from a directory. */
export interface Push {
  readonly root: string;
  readonly name: string;
  readonly version: string;
  readonly format?: SwarmFormat;
}

/** Opens, or finds, the upload of a directory, whose entries may have roots. */
export async function createUpload(
  platform: Platform,
  { root, name, version, format }: Push,
  hashed?: Entries,
): Promise<Upload> {
  const entries = [...(hashed ?? (await scanTree(root)).entries)];
  const header = { namespace: 'default', name, version, ...(format && { format }) };
  const messages: DeepPartial<CreateUploadRequest>[] = [
    { part: { $case: 'header', value: header } },
    { part: { $case: 'manifest', value: { entries: entries.map(entryMessage) } } },
  ];
  const { upload } = await platform.clients().uploads.createUpload(stream(messages));
  return upload!;
}

/** Pushes the rest of an upload straight to its seeder. */
export async function sendBytes(platform: Platform, upload: Upload, root: string) {
  const seeder = platform.client(SeederServiceDefinition, upload.seederEndpoint);
  return await seeder.upload(uploadMessages(upload, readFrom(root, Number(upload.offset))));
}

/** Pushes a directory from beginning to end. */
export async function push(platform: Platform, init: Push) {
  return await sendBytes(platform, await createUpload(platform, init), init.root);
}

/** The bytes of a directory's files in manifest order, from `offset` on. */
export async function* readFrom(root: string, offset: number): AsyncGenerator<Uint8Array> {
  const { entries } = await scanTree(root);
  yield* readTree(root, entries, offset);
}

/** The messages of an Upload call. */
export async function* uploadMessages(
  { ticket, offset }: Pick<Upload, 'ticket' | 'offset'>,
  data: AsyncIterable<Uint8Array>,
): AsyncGenerator<DeepPartial<UploadRequest>> {
  yield { part: { $case: 'open', value: { ticket, offset } } };
  for await (const chunk of data) yield { part: { $case: 'data', value: chunk } };
}

async function* stream<T>(messages: readonly T[]): AsyncGenerator<T> {
  for (const message of messages) yield await Promise.resolve(message);
}

function entryMessage(entry: ManifestEntry): DeepPartial<EntryMessage> {
  const path = [...entry.path];
  if (entry.kind === 'symlink') {
    return { path, kind: { $case: 'symlink', value: { target: [...entry.target] } } };
  }
  const { executable, length, piecesRoot } = entry;
  const file = { length: BigInt(length), executable, ...(piecesRoot && { piecesRoot }) };
  return { path, kind: { $case: 'file', value: file } };
}
