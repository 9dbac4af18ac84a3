import { pause } from '@shoal/fleet';
import type { Clock } from '@shoal/service';
import { TRANSFER_PROGRESS_MS } from '../constants.ts';
import type { TransferInit, Upload } from './upload.ts';

/**
 * Runs a transfer, and gives the bytes that are there every {@link TRANSFER_PROGRESS_MS}, from when that is known, and at
 * its end. Whoever stops listening ends it.
 * @throws what {@link Upload.transfer} does
 */
export async function* followTransfer(
  upload: Upload,
  { metainfo, cancelled }: Pick<TransferInit, 'metainfo' | 'cancelled'>,
  clock: Clock,
): AsyncGenerator<number, void, undefined> {
  const unheard = new AbortController();
  const over = new AbortController();
  const known = new AbortController();
  let bytes = 0;
  const onProgress = (now: number): void => {
    bytes = now;
    known.abort();
  };
  const until = AbortSignal.any([cancelled, unheard.signal]);
  const work = upload.transfer({ metainfo, cancelled: until, onProgress }).finally(() => over.abort());
  // Raised below; not before somebody listens.
  work.catch(() => undefined);
  try {
    while (!known.signal.aborted && !over.signal.aborted) {
      await pause(clock, TRANSFER_PROGRESS_MS, AbortSignal.any([known.signal, over.signal]));
    }
    while (!over.signal.aborted) {
      yield bytes;
      await pause(clock, TRANSFER_PROGRESS_MS, over.signal);
    }
    await work;
    yield bytes;
  } finally {
    unheard.abort();
    await work.catch(() => undefined);
  }
}
