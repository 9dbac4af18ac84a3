import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Artifact,
  type CreateUploadRequest,
  ShoalError,
  type SwarmFormat,
  type Upload,
  UploadState,
} from '@shoal/contracts';
import { manifestChunks } from '@shoal/fleet';
import type { Entries } from '@shoal/protocol';
import { backoffMs, software } from '@shoal/service';
import { Status } from 'nice-grpc-common';
import type { CatalogClient } from '../client/catalog-client.ts';
import { missingAnswer } from '../client/missing-answer.ts';
import {
  CREATE_UPLOAD_DEADLINE_MS,
  MAX_FRUITLESS_ATTEMPTS,
  PUBLISH_DEADLINE_MS,
  PUBLISH_POLL_MS,
  RETRY_BASE_MS,
  RETRY_MAX_MS,
} from './constants.ts';
import { type OpenSource, streamUpload } from './upload-stream.ts';

export interface PushInit {
  readonly name: string;
  readonly version: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Unspecified: the catalog's policy. */
  readonly format: SwarmFormat;
  /** In canonical order, every file with its root: stored content is found by it. */
  readonly entries: Entries;
  readonly open: OpenSource;
  readonly relay: boolean;
  readonly signal: AbortSignal;
  readonly random: () => number;
  /** Called with the bytes handed over so far, and with the bytes in all. */
  readonly onProgress: (sent: number, total: number) => void;
  /** Called when a stream broke and another will be tried. */
  readonly onRetry: (error: unknown, delayMs: number) => void;
}

export interface PushResult {
  readonly artifact: Artifact;
  /** Bytes that went over the wire: 0 when the platform had the content. */
  readonly moved: number;
}

/**
 * Publishes a tree: opens the upload or finds the one an earlier attempt left, sends what is missing, as often as the
 * connection breaks, and waits until the catalog has published the artifact.
 * @throws ShoalError as the catalog and the seeder raise them, SHOAL_PUSH_NOT_PUBLISHED when that takes too long
 */
export async function pushArtifact(client: CatalogClient, init: PushInit): Promise<PushResult> {
  let upload = await createUpload(client, init);
  let moved = 0;
  for (let fruitless = 0; upload.state === UploadState.UPLOAD_STATE_OPEN;) {
    const start = Number(upload.offset);
    let end = start;
    const onSent = (sent: number): void => {
      end = sent;
      init.onProgress(sent, Number(upload.size));
    };
    onSent(start);
    try {
      await streamUpload(client, { upload, onSent, open: init.open, relay: init.relay, signal: init.signal });
      upload = await getUpload(client, upload.uploadId);
      if (upload.state === UploadState.UPLOAD_STATE_OPEN) throw missingAnswer('staged upload');
    } catch (error) {
      if (!canRetry(error, init.signal)) throw error;
      const delayMs = backoffMs(fruitless + 1, {
        baseMs: RETRY_BASE_MS,
        maxMs: RETRY_MAX_MS,
        random: init.random,
      });
      if (fruitless + 1 >= MAX_FRUITLESS_ATTEMPTS) throw error;
      init.onRetry(error, delayMs);
      await sleep(delayMs, undefined, { signal: init.signal });
      upload = await createUpload(client, init).catch((failure: unknown) =>
        keepOnRetry(failure, upload, init.signal),
      );
    }
    moved += end - start;
    fruitless = Number(upload.offset) > start ? 0 : fruitless + 1;
  }
  return { artifact: await published(client, upload, init.signal), moved };
}

async function createUpload(client: CatalogClient, init: PushInit): Promise<Upload> {
  const { upload } = await client.uploads.createUpload(toAsync(createMessages(client.namespace, init)), {
    signal: init.signal,
    deadlineMs: CREATE_UPLOAD_DEADLINE_MS,
  });
  if (upload === undefined) throw missingAnswer('upload');
  return upload;
}

function* createMessages(namespace: string, init: PushInit): Generator<CreateUploadRequest> {
  const { name, version, labels, format } = init;
  const header = { namespace, name, version, labels: { ...labels }, client: software(), format };
  yield { part: { $case: 'header', value: header } };
  for (const chunk of manifestChunks(init.entries)) yield { part: { $case: 'manifest', value: chunk } };
}

/** The client takes asynchronous iterables; the messages are all at hand. */
function toAsync<T>(items: Iterable<T>): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = items[Symbol.iterator]();
      return { next: () => Promise.resolve(iterator.next()) };
    },
  };
}

async function getUpload(client: CatalogClient, uploadId: string): Promise<Upload> {
  const { upload } = await client.uploads.getUpload({ namespace: client.namespace, uploadId });
  if (upload === undefined) throw missingAnswer('upload');
  return upload;
}

/** Broken connections, stalls and busy services are worth another stream; refusals are not. */
function canRetry(error: unknown, signal: AbortSignal): boolean {
  return !signal.aborted && error instanceof ShoalError && RETRIED.includes(error.status);
}

const RETRIED: readonly Status[] = [
  Status.UNAVAILABLE,
  Status.DEADLINE_EXCEEDED,
  Status.RESOURCE_EXHAUSTED,
  Status.CANCELLED,
  Status.ABORTED,
];

/** While the catalog is away the upload is as we knew it: the next attempt finds out. */
function keepOnRetry(error: unknown, upload: Upload, signal: AbortSignal): Upload {
  if (!canRetry(error, signal)) throw error;
  return upload;
}

async function published(client: CatalogClient, first: Upload, signal: AbortSignal): Promise<Artifact> {
  const deadline = Date.now() + PUBLISH_DEADLINE_MS;
  let upload = first;
  for (;;) {
    if (upload.state === UploadState.UPLOAD_STATE_PUBLISHED && upload.artifact !== undefined)
      return upload.artifact;
    if (upload.state === UploadState.UPLOAD_STATE_FAILED) throw failedUpload(upload);
    if (Date.now() > deadline) throw notPublished(upload);
    await sleep(PUBLISH_POLL_MS, undefined, { signal });
    upload = await getUpload(client, upload.uploadId).catch((error: unknown) =>
      keepOnRetry(error, upload, signal),
    );
  }
}

function failedUpload(upload: Upload): ShoalError {
  return new ShoalError({
    code: upload.errorCode,
    status: Status.FAILED_PRECONDITION,
    message: `upload ${upload.uploadId} failed: ${upload.errorCode}`,
    remedy: "The code says why; the catalog's log has the details. Push again once the cause is gone.",
  });
}

function notPublished(upload: Upload): ShoalError {
  return new ShoalError({
    code: 'SHOAL_PUSH_NOT_PUBLISHED',
    status: Status.DEADLINE_EXCEEDED,
    message: `every byte of upload ${upload.uploadId} is stored, but it was not published within ${PUBLISH_DEADLINE_MS / 1000} s`,
    remedy:
      'The seeder keeps reporting it. Run the same push again: nothing moves, and it ends once published.',
  });
}
