/** A read that is under way: it ends with its bytes, or when it fails. */
export class PendingRead {
  /** Milliseconds, as the torrent's clock counts. */
  readonly until: number;
  readonly #failure = Promise.withResolvers<never>();
  #waiting: { readonly piece: number; readonly resolve: () => void } | undefined;

  constructor(until: number) {
    this.until = until;
    // Whoever reads hears of it by `orFailed`, and may be gone.
    this.#failure.promise.catch(() => undefined);
  }

  /** The piece it waits for. */
  get piece(): number | undefined {
    return this.#waiting?.piece;
  }

  /** Waits for {@link onPiece}. */
  waitFor(piece: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#waiting = { piece, resolve: () => resolve(undefined) };
    return promise;
  }

  /** A piece is there. */
  onPiece(piece: number): void {
    if (this.#waiting?.piece !== piece) return;
    this.#waiting.resolve();
    this.#waiting = undefined;
  }

  fail(error: Error): void {
    this.#failure.reject(error);
  }

  /** What `work` gives, unless {@link fail} comes first. */
  orFailed<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#failure.promise]);
  }
}
