import { DatabaseError } from './errors.ts';

interface Waiting {
  readonly enter: () => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * Lets one user at a time through, in the order they came: PGlite is a single connection, and its users must not end up
 * in each other's transactions.
 */
export class ConnectionGate {
  readonly #deadlineMs: number;
  readonly #waiting = new Set<Waiting>();
  #taken = false;

  /** Waits for its turn end after `deadlineMs` milliseconds. */
  constructor(deadlineMs: number) {
    this.#deadlineMs = deadlineMs;
  }

  /** @throws DatabaseError SHOAL_DATABASE_TIMEOUT */
  async enter(): Promise<void> {
    if (!this.#taken) {
      this.#taken = true;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(waiting);
        reject(
          new DatabaseError(
            'SHOAL_DATABASE_TIMEOUT',
            `the connection was not free within ${this.#deadlineMs} ms`,
          ),
        );
      }, this.#deadlineMs);
      const waiting: Waiting = { enter: resolve, timer };
      this.#waiting.add(waiting);
    });
  }

  /** Ends the turn of the user that is in. */
  leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#taken = false;
      return;
    }
    this.#waiting.delete(next);
    clearTimeout(next.timer);
    next.enter();
  }
}
