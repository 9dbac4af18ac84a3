import { type Upload, UploadState } from '@shoal/contracts';
import type { UploadRow } from '@shoal/database';
import { artifactMessage } from '../artifacts/artifact-message.ts';
import type { PublishedArtifact } from '../artifacts/find-artifact.ts';
import type { OpenedUpload } from './open-at-seeder.ts';

/** An upload that a seeder takes, or has taken, the bytes of. */
export function openedMessage({ upload, seeder, ticket, offset, state }: OpenedUpload): Upload {
  const { uploadId, size } = upload;
  return {
    uploadId,
    state,
    seederEndpoint: seeder.endpoint,
    ticket,
    offset,
    size,
    artifact: undefined,
    errorCode: '',
  };
}

/** An upload whose artifact is published; without an id when there was none to make. */
export function publishedMessage(published: PublishedArtifact, uploadId = ''): Upload {
  const { size } = published.artifact;
  return {
    uploadId,
    state: UploadState.UPLOAD_STATE_PUBLISHED,
    seederEndpoint: '',
    ticket: '',
    offset: size,
    size,
    artifact: artifactMessage(published),
    errorCode: '',
  };
}

/** An upload that cannot be continued. */
export function failedMessage({ uploadId, size, errorCode }: UploadRow): Upload {
  return {
    uploadId,
    state: UploadState.UPLOAD_STATE_FAILED,
    seederEndpoint: '',
    ticket: '',
    offset: 0n,
    size,
    artifact: undefined,
    errorCode: errorCode ?? '',
  };
}
