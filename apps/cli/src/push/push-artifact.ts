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
import { failedUpload, notPublished } from './push-errors.ts';
import type { PushAttempt, PushWay } from './push-way.ts';

export interface PushInit {
  readonly name: string;
  readonly version: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Unspecified: the catalog's policy. */
  readonly format: SwarmFormat;
  /** In canonical order, every file with its root: stored content is found by it. */
  readonly entries: Entries;
  /** How the bytes may go, the best way first. */
  readonly ways: readonly [PushWay, ...PushWay[]];
  readonly signal: AbortSignal;
  readonly random: () => number;
  /** Called with the bytes handed over so far, and with the bytes in all. */
  readonly onProgress: (sent: number, total: number) => void;
  /** Called when an attempt broke off and another will be made. */
  readonly onRetry: (error: unknown, delayMs: number) => void;
  /** Called when a way cannot be had, and the next one is taken. */
  readonly onOtherWay: (error: unknown, way: PushWay) => void;
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
  let [way, ...others] = init.ways;
  let moved = 0;
  for (let fruitless = 0; upload.state === UploadState.UPLOAD_STATE_OPEN;) {
    const attempt = new MeteredAttempt(init, upload);
    const start = upload.offset;
    try {
      await way.send(client, attempt);
      upload = await getUpload(client, upload.uploadId);
      if (upload.state === UploadState.UPLOAD_STATE_OPEN) throw missingAnswer('staged upload');
    } catch (error) {
      const [next, ...rest] = others;
      if (next !== undefined && way.isClosed(error)) {
        init.onOtherWay(error, next);
        [way, others] = [next, rest];
        continue;
      }
      upload = await afterPause(client, init, upload, { error, fruitless });
      const isKept = upload.offset > start || (way.keepsSent && attempt.moved > 0);
      fruitless = isKept ? 0 : fruitless + 1;
    }
    moved += attempt.moved;
  }
  return { artifact: await published(client, upload, init.signal), moved };
}

/** Opens the upload once more, after a pause, if it is worth another attempt. */
async function afterPause(
  client: CatalogClient,
  init: PushInit,
  upload: Upload,
  { error, fruitless }: { readonly error: unknown; readonly fruitless: number },
): Promise<Upload> {
  const attempts = fruitless + 1;
  if (!canRetry(error, init.signal) || attempts >= MAX_FRUITLESS_ATTEMPTS) throw error;
  const pauses = { baseMs: RETRY_BASE_MS, maxMs: RETRY_MAX_MS, random: init.random };
  const delayMs = backoffMs(attempts, pauses);
  init.onRetry(error, delayMs);
  await sleep(delayMs, undefined, { signal: init.signal });
  return await createUpload(client, init).catch((failure: unknown) =>
    keepOnRetry(failure, upload, init.signal),
  );
}

/** Counts what an attempt hands over. */
class MeteredAttempt implements PushAttempt {
  readonly upload: Upload;
  readonly signal: AbortSignal;
  readonly #onProgress: PushInit['onProgress'];
  #first: number | undefined;
  #last = 0;

  constructor({ signal, onProgress }: PushInit, upload: Upload) {
    this.upload = upload;
    this.signal = signal;
    this.#onProgress = onProgress;
  }

  readonly onSent = (bytes: number): void => {
    this.#first ??= bytes;
    this.#last = bytes;
    this.#onProgress(bytes, Number(this.upload.size));
  };

  /** Bytes that this attempt has handed over. */
  get moved(): number {
    return this.#last - (this.#first ?? this.#last);
  }
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
