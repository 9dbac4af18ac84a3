import { CORRUPT_REPORTERS, MAX_REPORTED_PEERS } from '../constants.ts';

/**
 * Who is said to send bad bytes in one swarm, and by whom. One host alone may be mistaken, or lie; several are believed.
 * Bounded: the oldest accusations are dropped.
 */
export class CorruptionReports {
  /** Keys of those who reported a peer, by the peer's key. */
  readonly #reporters = new Map<string, Set<string>>();

  /** A member says that another sent it bad bytes. */
  add(reporter: string, accused: string): void {
    if (reporter === accused) return;
    const reporters = this.#reporters.get(accused) ?? new Set();
    if (reporters.size < CORRUPT_REPORTERS) reporters.add(reporter);
    this.#reporters.set(accused, reporters);
    const [oldest] = this.#reporters.keys();
    if (this.#reporters.size > MAX_REPORTED_PEERS && oldest !== undefined) this.#reporters.delete(oldest);
  }

  /** Whether any member has reported the peer. */
  has(key: string): boolean {
    return this.#reporters.has(key);
  }

  /** Whether enough members have reported the peer that it is to be handed out no more. */
  isCorrupt(key: string): boolean {
    return (this.#reporters.get(key)?.size ?? 0) >= CORRUPT_REPORTERS;
  }
}
