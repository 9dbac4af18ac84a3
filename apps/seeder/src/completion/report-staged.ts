import type { CompleteUploadRequest, ShoalError, UploadServiceDefinition } from '@shoal/contracts';
import type { GrpcClient } from '@shoal/service';
import { type CallOptions, metainfoParts, tellCatalog, type TellCatalogComponents } from './tell-catalog.ts';

/** Collaborators of {@link reportStaged}. */
export interface ReportStagedComponents extends TellCatalogComponents {
  readonly catalog: Pick<GrpcClient<UploadServiceDefinition>, 'completeUpload'>;
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
  const call = async (options: CallOptions) =>
    components.catalog.completeUpload(messages(upload.ticket(), await upload.metainfo()), options);
  const answer = await tellCatalog(components, call, { uploadId: upload.uploadId }, signal);
  return answer?.state === 'taken' ? { state: 'published' } : answer;
}

async function* messages(ticket: string, metainfo: Uint8Array): AsyncGenerator<CompleteUploadRequest> {
  yield { part: { $case: 'header', value: { ticket } } };
  for (const message of metainfoParts(metainfo)) {
    // The stream asks for the next message when it has room for it.
    yield await Promise.resolve(message);
  }
}
