import type { UploadServiceImplementation } from '@shoal/contracts';
import { type RequestContext, software } from '@shoal/service';
import { checkId, checkNamespace } from '../requests/check-names.ts';
import { completeUpload } from './complete-upload.ts';
import { createUpload } from './create-upload.ts';
import { getUpload } from './get-upload.ts';
import { relayUpload } from './relay-upload.ts';
import type { UploadComponents } from './upload-components.ts';

/** The way in for a build (proto: UploadService). */
export function createUploadService(
  components: UploadComponents,
): UploadServiceImplementation<RequestContext> {
  return {
    async createUpload(messages, { principal }) {
      return { upload: await createUpload(components, messages, principal), catalog: software() };
    },
    async getUpload({ namespace, uploadId }) {
      checkNamespace(namespace);
      checkId('upload_id', uploadId);
      return { upload: await getUpload(components, namespace, uploadId) };
    },
    relayUpload: (messages, { signal }) => relayUpload(components, messages, signal),
    async completeUpload(messages) {
      return { contentDigest: await completeUpload(components, messages) };
    },
  };
}
