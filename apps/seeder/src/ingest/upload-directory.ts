import { access, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createStateFile, decodeManifest, encodeManifest } from '@shoal/fleet';
import type { Entries } from '@shoal/protocol';
import { removeDurably, syncDirectory, writeFileAtomic } from '@shoal/session';
import { isUploadId, parseUploadRecord, type UploadRecord } from './upload-record.ts';

/**
 * The files of one upload: `manifest` (a protobuf ManifestChunk of all entries), `record.json`, `content/` with the bytes
 * until they are staged, and `metainfo.torrent` from then on. What is there of the bytes is in one of two files, depending on
 * how they come: `ingest` for a stream, `transfer` for a swarm.
 */
export interface UploadDirectory {
  readonly contentPath: string;
  readonly ingestPath: string;
  readonly transferPath: string;
  /** Keeps a new upload, durably; the record comes last, so that a directory with a record is whole. */
  create(record: UploadRecord, manifest: Entries): Promise<void>;
  /** Replaces the record. */
  update(record: UploadRecord): Promise<void>;
  record(): Promise<UploadRecord | undefined>;
  manifest(): Promise<Entries>;
  /** Whether an ingest has kept anything yet. */
  hasProgress(): Promise<boolean>;
  /** Forgets what a stream brought, since a swarm is to write over it. */
  dropIngest(): Promise<void>;
  /** Forgets what a swarm brought, since a stream is to write over it. */
  dropTransfer(): Promise<void>;
  /** Keeps the metainfo that was made of the bytes, durably. */
  keepMetainfo(metainfo: Uint8Array): Promise<void>;
  metainfo(): Promise<Uint8Array>;
  /** Removes the bytes, and what is known of them; the record stays. */
  dropContent(): Promise<void>;
  /** Removes everything. */
  remove(): Promise<void>;
}

/** The directory of an upload below `uploads`, there or not. */
export function uploadDirectory(uploads: string, uploadId: string): UploadDirectory {
  const root = join(uploads, uploadId);
  const contentPath = join(root, 'content');
  const ingestPath = join(root, 'ingest');
  const transferPath = join(root, 'transfer');
  const metainfoPath = join(root, 'metainfo.torrent');
  const manifestPath = join(root, 'manifest');
  const record = createStateFile<UploadRecord>(join(root, 'record.json'));
  return {
    contentPath,
    ingestPath,
    transferPath,
    async create(initial, manifest) {
      await mkdir(root, { recursive: true });
      await writeFileAtomic(manifestPath, encodeManifest(manifest));
      await record.write(initial);
      await syncDirectory(uploads);
    },
    update: (changed) => record.write(changed),
    record: async () => parseUploadRecord(await record.read()),
    manifest: async () => decodeManifest(await readFile(manifestPath)),
    hasProgress: () =>
      access(ingestPath).then(
        () => true,
        () => false,
      ),
    dropIngest: () => removeDurably(ingestPath),
    dropTransfer: () => removeDurably(transferPath),
    keepMetainfo: (metainfo) => writeFileAtomic(metainfoPath, metainfo),
    metainfo: () => readFile(metainfoPath),
    async dropContent() {
      await removeDurably(contentPath);
      await removeDurably(ingestPath);
      await removeDurably(transferPath);
    },
    remove: () => removeDurably(root),
  };
}

/** The ids of the uploads that have a directory. */
export async function listUploadIds(uploads: string): Promise<string[]> {
  return (await readdir(uploads)).filter(isUploadId);
}
