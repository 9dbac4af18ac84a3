/** Milliseconds a test waits for a message; far more than it takes. */
const DEADLINE_MS = 15_000;

/** Collects what arrives, and lets a test wait for it. */
export class Inbox<T> {
  readonly all: T[] = [];
  readonly #waiting = new Set<() => void>();

  /** To be used as a handler. */
  readonly add = (item: T): Promise<void> => {
    this.all.push(item);
    for (const wake of this.#waiting) wake();
    return Promise.resolve();
  };

  /** Resolves with everything that came once `count` items have, or once `enough` says so. */
  async until(enough: number | ((all: readonly T[]) => boolean)): Promise<readonly T[]> {
    const isEnough = typeof enough === 'number' ? () => this.all.length >= enough : () => enough(this.all);
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const check = () => {
      if (isEnough()) resolve(undefined);
    };
    const timer = setTimeout(
      () => reject(new Error(`not enough came: ${this.all.length} items in ${DEADLINE_MS} ms`)),
      DEADLINE_MS,
    );
    this.#waiting.add(check);
    check();
    try {
      await promise;
    } finally {
      this.#waiting.delete(check);
      clearTimeout(timer);
    }
    return this.all;
  }
}
