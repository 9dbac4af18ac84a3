import type { Clock, Dated, Logger } from '@shoal/service';
import type { UploadTicket } from '@shoal/contracts';
import { pause } from '@shoal/fleet';
import { totalSizeOf } from '@shoal/protocol';
import { EXPIRY_CHECK_INTERVAL_MS } from '../constants.ts';
import { UploadError } from '../errors.ts';
import type { Completion } from '../completion/completion.ts';
import type { OpenedUpload } from './open-messages.ts';
import { sameManifest } from './same-manifest.ts';
import { Upload, type UploadComponents } from './upload.ts';
import { listUploadIds, uploadDirectory } from './upload-directory.ts';
import { isUploadId, type UploadRecord } from './upload-record.ts';

/** Collaborators of {@link Uploads}. */
export interface UploadsComponents extends UploadComponents {
  readonly completion: Completion;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface UploadsInit {
  /** Directory with one directory for each upload. */
  readonly directory: string;
  /** Uploads open at once. */
  readonly maxUploads: number;
  /** Milliseconds after which an upload that nobody continued is dropped. */
  readonly expiryMs: number;
}

/** The uploads of a seeder. */
export interface Uploads {
  /** Takes up what an earlier run left: open uploads wait for their clients, staged ones are reported. */
  start(): Promise<void>;
  /**
   * Prepares an upload, or finds the one begun earlier.
   * @throws UploadError SHOAL_UPLOAD_CHANGED or SHOAL_UPLOAD_TOO_MANY
   */
  open(ticket: Dated<UploadTicket>, token: string, opened: OpenedUpload): Promise<Upload>;
  /** @throws UploadError SHOAL_UPLOAD_NOT_HERE */
  get(uploadId: string): Upload;
  /** Every upload there is. */
  all(): Iterable<Upload>;
  stop(): Promise<void>;
}

export function createUploads(components: UploadsComponents, init: UploadsInit): Uploads {
  return new UploadSet(components, init);
}

class UploadSet implements Uploads {
  readonly #components: UploadsComponents;
  readonly #init: UploadsInit;
  readonly #uploads = new Map<string, Upload>();
  readonly #stop = new AbortController();
  #expiring: Promise<void> = Promise.resolve();

  constructor(components: UploadsComponents, init: UploadsInit) {
    this.#components = components;
    this.#init = init;
  }

  async start(): Promise<void> {
    const { completion } = this.#components;
    for (const uploadId of await listUploadIds(this.#init.directory)) {
      const directory = uploadDirectory(this.#init.directory, uploadId);
      const record = await directory.record();
      // Without a record it was never opened: a crash came in between.
      if (record?.uploadId !== uploadId) {
        await directory.remove();
        continue;
      }
      const upload = new Upload(this.#components, directory, record);
      this.#uploads.set(uploadId, upload);
      if (record.phase === 'staged') completion.begin(upload);
    }
    this.#expiring = this.#expireStale();
  }

  async open(ticket: Dated<UploadTicket>, token: string, opened: OpenedUpload): Promise<Upload> {
    const known = this.#uploads.get(ticket.uploadId);
    if (known === undefined) return await this.#create(ticket, token, opened);
    await checkSame(known, opened);
    await known.reopen(token);
    return known;
  }

  get(uploadId: string): Upload {
    const upload = this.#uploads.get(uploadId);
    if (upload !== undefined) return upload;
    throw new UploadError('SHOAL_UPLOAD_NOT_HERE', `this seeder has no upload ${uploadId}`);
  }

  all(): Iterable<Upload> {
    return this.#uploads.values();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#expiring;
    const reason = new UploadError('SHOAL_UPLOAD_INTERRUPTED', 'the seeder is stopping');
    await Promise.all([...this.#uploads.values()].map((upload) => upload.stop(reason)));
  }

  async #create(ticket: Dated<UploadTicket>, token: string, opened: OpenedUpload): Promise<Upload> {
    const { uploadId, namespace } = ticket;
    if (!isUploadId(uploadId)) {
      throw new UploadError('SHOAL_UPLOAD_PROTOCOL', `${JSON.stringify(uploadId)} cannot name an upload`);
    }
    this.#checkRoom();
    const { header, profile, manifest } = opened;
    const record: UploadRecord = {
      uploadId,
      namespace,
      name: header.name,
      profile,
      ticket: token,
      phase: 'open',
      size: totalSizeOf(manifest),
      touchedAt: this.#components.clock.now(),
    };
    const directory = uploadDirectory(this.#init.directory, uploadId);
    const upload = new Upload(this.#components, directory, record);
    // Before it is on disk, so that a second call of the same ticket finds it.
    this.#uploads.set(uploadId, upload);
    try {
      await directory.create(record, manifest);
    } catch (error) {
      this.#uploads.delete(uploadId);
      throw error;
    }
    return upload;
  }

  #checkRoom(): void {
    const open = [...this.#uploads.values()].filter(({ record }) => record.phase === 'open').length;
    if (open < this.#init.maxUploads) return;
    throw new UploadError('SHOAL_UPLOAD_TOO_MANY', `${open} uploads are open already`);
  }

  async #expireStale(): Promise<void> {
    const { clock, logger } = this.#components;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await pause(clock, EXPIRY_CHECK_INTERVAL_MS, signal);
      for (const upload of this.#stale()) {
        const { uploadId, phase } = upload.record;
        try {
          this.#uploads.delete(uploadId);
          await upload.remove();
          if (phase === 'open') logger.info({ uploadId }, 'dropped an upload that nobody continued');
        } catch (error) {
          logger.warn({ err: error, uploadId }, 'could not drop a stale upload');
        }
      }
    }
  }

  /** Staged uploads are not among them: their clients were promised that they are kept, and the catalog will answer. */
  #stale(): Upload[] {
    const before = this.#components.clock.now() - this.#init.expiryMs;
    return [...this.#uploads.values()].filter(
      ({ record, isBeingWritten }) =>
        record.touchedAt < before && record.phase !== 'staged' && !isBeingWritten,
    );
  }
}

async function checkSame(upload: Upload, { header, profile, manifest }: OpenedUpload): Promise<void> {
  const { uploadId, name, profile: known } = upload.record;
  const same =
    name === header.name &&
    known.format === profile.format &&
    known.pieceLength === profile.pieceLength &&
    known.private === profile.private &&
    known.source === profile.source &&
    sameManifest(await upload.manifest(), manifest);
  if (same) return;
  throw new UploadError(
    'SHOAL_UPLOAD_CHANGED',
    `upload ${uploadId} was opened for another tree, name or profile`,
  );
}
