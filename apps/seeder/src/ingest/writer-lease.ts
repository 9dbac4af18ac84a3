import { UploadError } from '../errors.ts';

/** Lets one writer at a time work on an upload; a newer one takes over, since the older may be a connection that died. */
export class WriterLease {
  #current: { readonly abort: AbortController; readonly done: Promise<void> } | undefined;

  /** Whether somebody writes. */
  get taken(): boolean {
    return this.#current !== undefined;
  }

  /**
   * Runs `work` once the writer before has ended, which is told to.
   * @param work ends soon after its signal fires, whose reason is UploadError SHOAL_UPLOAD_TAKEN_OVER
   */
  async hold<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const before = this.#current;
    const abort = new AbortController();
    let end = (): void => undefined;
    const done = new Promise<void>((resolve) => {
      end = resolve;
    });
    const mine = { abort, done };
    this.#current = mine;
    try {
      before?.abort.abort(takenOver());
      await before?.done;
      abort.signal.throwIfAborted();
      return await work(abort.signal);
    } finally {
      if (this.#current === mine) this.#current = undefined;
      end();
    }
  }

  /** Tells the writer to end, and waits for that. */
  async release(reason: Error): Promise<void> {
    this.#current?.abort.abort(reason);
    await this.#current?.done;
  }
}

function takenOver(): UploadError {
  return new UploadError('SHOAL_UPLOAD_TAKEN_OVER', 'another client continues this upload');
}
