/** Work that is done over and over beside everything else, one round after the other, until it is stopped. */
export class BackgroundLoop {
  readonly #round: (signal: AbortSignal) => Promise<void>;
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  /**
   * @param round does the work once, and waits until it is due again; the signal ends both. Must not throw: what the work
   * throws is for whoever knows what to do about it
   */
  constructor(round: (signal: AbortSignal) => Promise<void>) {
    this.#round = round;
  }

  /** Fires at {@link stop}. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Begins no round any more; resolves when the one under way is over. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.signal.aborted) await this.#round(this.signal);
  }
}
