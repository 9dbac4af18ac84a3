import type { Limit } from './limit.ts';
import type { WaitingLine } from './waiting-line.ts';

/** The limits that one connection's bytes pass together, in one direction: its host's, its torrent's, its class's. */
export type LimitPath = readonly Limit[];

/** One connection's way through its limits, in one direction. */
export class Lane {
  readonly #line: WaitingLine;
  readonly #onReady: () => void;
  #path: LimitPath;
  /** The limit it waits for. */
  #heldBy: Limit | undefined;
  /** While it is its turn: how many lanes are to share what there is, itself included. */
  #sharers: number | undefined;

  /** @param onReady called when it is worth to ask again after {@link take} has given nothing */
  constructor(line: WaitingLine, path: LimitPath, onReady: () => void) {
    this.#line = line;
    this.#path = path;
    this.#onReady = onReady;
  }

  /** Bytes per second of the lowest limit; undefined when there is none. */
  get rate(): number | undefined {
    let lowest: number | undefined;
    for (const { bucket } of this.#path) {
      if (bucket !== undefined && (lowest === undefined || bucket.rate < lowest)) lowest = bucket.rate;
    }
    return lowest;
  }

  /** Passes other limits from now on. */
  setPath(path: LimitPath): void {
    this.#path = path;
  }

  /**
   * Takes bytes that may pass now: `least` to `most`, depending on what there is and how many share it; `most` without
   * limits. 0 when it has to wait, which it then does until `onReady`.
   */
  take(least: number, most: number): number {
    if (this.#heldBy !== undefined) return 0;
    const sharers = this.#sharers;
    this.#sharers = undefined;
    const now = this.#line.now();
    const closed = this.#path.find(
      // Nobody overtakes those that wait for the same.
      (limit) => limit.isClosed(now) || (sharers === undefined && limit.waiting > 0),
    );
    if (closed !== undefined) {
      this.#holdBy(closed);
      this.#line.join(this);
      return 0;
    }
    const bytes = Math.max(least, Math.min(most, Math.floor(this.#level(now) / (sharers ?? 1))));
    for (const { bucket } of this.#path) bucket?.take(bytes, now);
    return bytes;
  }

  /** Gives back bytes that were taken and did not pass. A negative number: so many passed without having been taken. */
  giveBack(bytes: number): void {
    const now = this.#line.now();
    for (const { bucket } of this.#path) bucket?.take(-bytes, now);
  }

  /** For the line: goes on if it may, sharing what there is with `sharers` lanes, itself included. */
  serve(sharers: number): void {
    const now = this.#line.now();
    const closed = this.#path.find((limit) => limit.isClosed(now));
    this.#holdBy(closed);
    if (closed !== undefined) return;
    this.#line.leave(this);
    this.#sharers = sharers;
    this.#onReady();
    this.#sharers = undefined;
  }

  /** For the line: milliseconds until it might go on. */
  opensIn(now: number): number {
    return this.#heldBy?.opensIn(now) ?? 0;
  }

  /** Waits no more, and is held up no more. */
  close(): void {
    this.#path = [];
    this.#holdBy(undefined);
    this.#line.leave(this);
  }

  #level(now: number): number {
    let lowest = Infinity;
    for (const { bucket } of this.#path)
      if (bucket !== undefined) lowest = Math.min(lowest, bucket.level(now));
    return lowest;
  }

  #holdBy(limit: Limit | undefined): void {
    if (this.#heldBy !== undefined) this.#heldBy.waiting -= 1;
    this.#heldBy = limit;
    if (limit !== undefined) limit.waiting += 1;
  }
}
