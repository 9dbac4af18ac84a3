import type { UploadOpen, UploadRequest } from '@shoal/contracts';
import { orAborted } from '@shoal/service';
import { MAX_DATA_BYTES } from '../constants.ts';
import { UploadError } from '../errors.ts';
import { patientReader } from './patient-reader.ts';

/** The messages of an Upload call, read one at a time: the next one is taken when the one before has been written. */
export interface UploadMessages {
  /** The first message. */
  open(): Promise<UploadOpen>;
  /** The data of all others. Ends when the client is done, or raises when `signal` fires, with its reason. */
  data(signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined>;
}

/** @throws UploadError SHOAL_UPLOAD_PROTOCOL or SHOAL_UPLOAD_IDLE, from either method */
export function uploadMessages(messages: AsyncIterable<UploadRequest>): UploadMessages {
  const next = patientReader(messages);
  return {
    async open() {
      const first = await next();
      const part = first.done === true ? undefined : first.value.part;
      if (part?.$case === 'open') return part.value;
      throw new UploadError('SHOAL_UPLOAD_PROTOCOL', 'Upload does not begin with an open message');
    },
    async *data(signal) {
      for (;;) {
        const message = await orAborted(next(), signal);
        if (message.done === true) return;
        yield dataOf(message.value);
      }
    },
  };
}

function dataOf({ part }: UploadRequest): Uint8Array {
  if (part?.$case !== 'data') {
    throw new UploadError('SHOAL_UPLOAD_PROTOCOL', 'after the open message, Upload takes data alone');
  }
  if (part.value.length > MAX_DATA_BYTES) {
    const message = `a data message of ${part.value.length} bytes, at most ${MAX_DATA_BYTES} are taken`;
    throw new UploadError('SHOAL_UPLOAD_PROTOCOL', message);
  }
  return part.value;
}
