import { withDeadline } from '@shoal/service';
import { IDLE_CLIENT_DEADLINE_MS } from '../constants.ts';
import { UploadError } from '../errors.ts';

/**
 * Reads a client's messages one at a time, and waits for each no longer than {@link IDLE_CLIENT_DEADLINE_MS}.
 * @returns gives the next message; raises UploadError SHOAL_UPLOAD_IDLE
 */
export function patientReader<T>(messages: AsyncIterable<T>): () => Promise<IteratorResult<T>> {
  const iterator = messages[Symbol.asyncIterator]();
  return () =>
    withDeadline(iterator.next(), IDLE_CLIENT_DEADLINE_MS, () => {
      const message = `the client sent nothing for ${IDLE_CLIENT_DEADLINE_MS} ms`;
      throw new UploadError('SHOAL_UPLOAD_IDLE', message);
    });
}
