import { withDeadline } from '@shoal/service';
import { RECEIVE_DEADLINE_MS } from '../constants.ts';
import { CatalogError } from '../errors.ts';

/**
 * Waits for the messages of a call, which all come at once, but not for ever.
 * @throws CatalogError SHOAL_UPLOAD_STALLED
 */
export async function receive<T>(received: Promise<T>): Promise<T> {
  return withDeadline(received, RECEIVE_DEADLINE_MS, () => {
    throw new CatalogError(
      'SHOAL_UPLOAD_STALLED',
      `the messages did not come within ${RECEIVE_DEADLINE_MS} ms`,
    );
  });
}
