import {
  type CompleteUploadRequest,
  ShoalError,
  Status,
  type UploadServiceDefinition,
} from '@shoal/contracts';
import { pause, type UnitRandom } from '@shoal/fleet';
import { backoffMs, type Clock, type GrpcClient, isAbortError, type Logger } from '@shoal/service';
import { COMPLETE_BACKOFF, COMPLETE_DEADLINE_MS, METAINFO_CHUNK_BYTES } from '../constants.ts';

/** Collaborators of {@link reportStaged}. */
export interface ReportStagedComponents {
  readonly catalog: Pick<GrpcClient<UploadServiceDefinition>, 'completeUpload'>;
  readonly clock: Clock;
  readonly random: UnitRandom;
  readonly logger: Logger;
}

/** An upload whose bytes are all durable. */
export interface StagedUpload {
  readonly uploadId: string;
  /** The latest ticket: a later attempt may have brought a fresh one. */
  readonly ticket: () => string;
  readonly metainfo: () => Promise<Uint8Array>;
}

/** What the catalog made of it. */
export type Outcome =
  { readonly state: 'published' } | { readonly state: 'refused'; readonly error: ShoalError };

/**
 * Tells the catalog that an upload is staged, again and again until it says yes or no.
 * @returns `undefined` when `signal` fired first
 */
export async function reportStaged(
  components: ReportStagedComponents,
  upload: StagedUpload,
  signal: AbortSignal,
): Promise<Outcome | undefined> {
  const { catalog, clock, random, logger } = components;
  for (let failures = 1; !signal.aborted; failures += 1) {
    try {
      const metainfo = await upload.metainfo();
      const options = { signal, deadlineMs: COMPLETE_DEADLINE_MS };
      await catalog.completeUpload(messages(upload.ticket(), metainfo), options);
      return { state: 'published' };
    } catch (error) {
      if (isRefusal(error)) return { state: 'refused', error };
      if (isAbortError(error)) return undefined;
      const { uploadId } = upload;
      if (failures === 1)
        logger.warn({ err: error, uploadId }, 'could not report a staged upload; trying again');
      await pause(clock, backoffMs(failures, { ...COMPLETE_BACKOFF, random }), signal);
    }
  }
  return undefined;
}

/** Answers that another attempt cannot change. A ticket that ran out is not among them: the client can bring a new one. */
const REFUSALS: readonly Status[] = [
  Status.ALREADY_EXISTS,
  Status.DATA_LOSS,
  Status.FAILED_PRECONDITION,
  Status.INVALID_ARGUMENT,
  Status.NOT_FOUND,
];

function isRefusal(error: unknown): error is ShoalError {
  return error instanceof ShoalError && REFUSALS.includes(error.status);
}

async function* messages(ticket: string, metainfo: Uint8Array): AsyncGenerator<CompleteUploadRequest> {
  yield { part: { $case: 'header', value: { ticket } } };
  for (let sent = 0; sent < metainfo.length; sent += METAINFO_CHUNK_BYTES) {
    // The stream asks for the next message when it has room for it.
    await Promise.resolve();
    yield { part: { $case: 'metainfo', value: metainfo.subarray(sent, sent + METAINFO_CHUNK_BYTES) } };
  }
}
