/** Undoes one thing; may fail when it is undone already. */
type Undo = () => unknown;

/** What a benchmark has to undo when it ends, however it ends: the last thing first, each thing once. */
export class Cleanup {
  readonly #steps: Undo[] = [];
  #hasBegun = false;
  #running: Promise<void> = Promise.resolve();

  /** Whether {@link run} was called: whoever works should end. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Undone at once when the cleanup has begun: what made it did not know yet that all is over. */
  add(undo: Undo): void {
    this.#steps.push(undo);
    if (this.#hasBegun) void this.run();
  }

  /** Undoes everything; a step that fails does not stop the others. Safe to call again meanwhile. */
  run(): Promise<void> {
    this.#hasBegun = true;
    this.#running = this.#running.then(async () => {
      for (let undo = this.#steps.pop(); undo !== undefined; undo = this.#steps.pop()) {
        try {
          await undo();
        } catch (error) {
          console.error('cleaning up:', error);
        }
      }
    });
    return this.#running;
  }
}

/** Runs `work` with a cleanup of its own, and cleans up after it. */
export async function withCleanup<T>(parent: Cleanup, work: (cleanup: Cleanup) => Promise<T>): Promise<T> {
  const cleanup = new Cleanup();
  // A signal runs the parent's steps while the work is under way.
  parent.add(() => cleanup.run());
  try {
    return await work(cleanup);
  } finally {
    await cleanup.run();
  }
}
