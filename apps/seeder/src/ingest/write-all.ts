import type { StreamIngest } from '@shoal/session';
import { UploadError } from '../errors.ts';

/**
 * Writes a client's bytes, which start at `offset`, from the ingest's durable offset on: those before came in an earlier attempt.
 * @throws UploadError SHOAL_UPLOAD_WRONG_OFFSET, SHOAL_UPLOAD_TOO_LONG or SHOAL_UPLOAD_INCOMPLETE; what the ingest raises
 */
export async function writeAll(
  ingest: StreamIngest,
  offset: number,
  data: AsyncIterable<Uint8Array>,
): Promise<void> {
  const { durableOffset, totalBytes } = ingest;
  if (offset > durableOffset) {
    const message = `the client starts at ${offset}, but only ${durableOffset} bytes are durable`;
    throw new UploadError('SHOAL_UPLOAD_WRONG_OFFSET', message);
  }
  let position = offset;
  for await (const chunk of data) {
    const known = Math.min(chunk.length, Math.max(0, durableOffset - position));
    position += chunk.length;
    if (position > totalBytes) {
      throw new UploadError(
        'SHOAL_UPLOAD_TOO_LONG',
        `the client sent more than the ${totalBytes} bytes of the manifest`,
      );
    }
    await ingest.write(chunk.subarray(known));
  }
  if (position < totalBytes) {
    const message = `the client stopped at ${position} of ${totalBytes} bytes`;
    throw new UploadError('SHOAL_UPLOAD_INCOMPLETE', message);
  }
}
